"""The desk in the browser. The only part of the program that knows gradio."""
