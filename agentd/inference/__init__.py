"""Running models here: ONNX Runtime on the CPU, and what AI sticks would need.

ONNX Runtime's Linux wheels (seen in 1.32.0) open a telemetry store with a device id below ~/.cache
when they are imported, and upload from it. The variable that forbids it must be set before the
import, so it is set here, in the only room that imports it.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
