"""Running models here: ONNX Runtime on the CPU, and what AI sticks would need."""
