"""A process with one of our models in it: for each line it reads it measures once, as JSON.

python -m bench.llm_worker FOLDER THREADS
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from agentd.inference.llm.measure import Meter, memory_speed, peak_memory

folder, threads = Path(sys.argv[1]), int(sys.argv[2])
meter = Meter(folder, threads)
meter.run(64, 8)
print(json.dumps({"load_s": meter.load_s, "weight_bytes": meter.weight_bytes}), flush=True)
for line in sys.stdin:
    if line.strip() == "memory":
        print(json.dumps({"bytes_s": memory_speed(threads)}), flush=True)
        continue
    prompt, answer = map(int, line.split())
    speed = asdict(meter.run(prompt, answer))
    print(json.dumps(speed | {"peak": peak_memory()}), flush=True)
