"""A process with one of our models in it: for each line it reads it measures once, as JSON.

`memory`: the memory's speed, and the model's products alone; two numbers: that long a prompt and
answer.

python -m bench.llm_worker FOLDER THREADS
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agentd.inference.llm.measure import Meter, memory_speed, peak_memory

folder, threads = Path(sys.argv[1]), int(sys.argv[2])
meter = Meter(folder, threads)
meter.run(64, 8)
print(json.dumps({"weight_bytes": meter.weight_bytes, "kept_bytes": meter.kept_bytes}), flush=True)
products: Any = None
for line in sys.stdin:
    if line.strip() == "memory":
        if products is None:
            from bench.llm_products import Products  # later: what it takes is not the model's

            products = Products(folder, threads)
        found = {"bytes_s": memory_speed(threads), "products_s": products.seconds()}
        print(json.dumps(found), flush=True)
        continue
    prompt, answer = map(int, line.split())
    speed = asdict(meter.run(prompt, answer))
    print(json.dumps(speed | {"peak": peak_memory()}), flush=True)
