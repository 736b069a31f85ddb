"""GGUF models through llama.cpp: what there is to compute on, memory, loading, prompts, decoding.

Knows files and tokens; no catalogue, no hub, no prompt of ours.
"""
