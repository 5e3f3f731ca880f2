"""llama.cpp's HTTP server on a free loopback port; run by `llama.py` as a process of its own.

The chat template stands in for the model's own, which knows no tools: it is the Hermes form of
tool calls with three examples, because so small a model calls nothing without them.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import xllamacpp  # type: ignore[import-not-found]

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx = 4096
params.n_parallel = 1
params.n_predict = 80
params.sampling.temp = 0.0
params.cpuparams.n_threads = int(sys.argv[2])
params.hostnames = ["127.0.0.1"]
params.port = 0
params.use_jinja = True
params.chat_template = Path(__file__).with_name("llama_template.jinja").read_text()
if sys.argv[3:] == ["embeddings"]:
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
threading.Event().wait()
