"""From a Hugging Face checkpoint (safetensors) to a quantised GGUF file, and its proof.

Knows no hub and no folder of installed models.
"""
