"""How this folder was made, once, with transformers 5.24, torch 2.13 and onnxruntime-genai 0.18:

    python make.py TINY_TOKENIZER_JSON HF_FOLDER
    python -m onnxruntime_genai.models.builder -m HF_FOLDER -i HF_FOLDER -o . -p fp32 -e cpu -c /tmp

The weights are random. `logits.json` is what transformers computes after its tokens.
"""

import json
import sys

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

torch.manual_seed(1)
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=Tokenizer.from_file(sys.argv[1]),
    bos_token="<|im_start|>",
    eos_token="<|im_end|>",
    pad_token="<|im_end|>",
)
tokenizer.chat_template = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
model = Qwen2ForCausalLM(
    Qwen2Config(
        vocab_size=263,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=256,
        tie_word_embeddings=False,
        initializer_range=0.2,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
)
model.save_pretrained(sys.argv[2])
tokenizer.save_pretrained(sys.argv[2])
tokens = [1, 40, 77, 259, 130, 5, 99, 200, 41, 42]
with torch.no_grad():
    logits = model(torch.tensor([tokens])).logits[0, -1].tolist()
with open("logits.json", "w") as file:
    json.dump({"tokens": tokens, "logits": [round(each, 6) for each in logits]}, file)
