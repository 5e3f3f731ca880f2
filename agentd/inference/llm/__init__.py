"""Language models on this machine: GGUF files made into ONNX folders, and text made with them.

What it needs beyond the core (`onnx`, `tokenizers`, `llguidance`, `jinja2`) comes with the extra
`agentd[llm]` and is imported when it is used, never at start-up.
"""
