"""MiniLM as published (safetensors, float32) becomes the GGUF that llama.cpp reads (8 bits).

Numpy does the work: the same input gives the same bytes on every machine, so that the result has a
hash of its own in the catalogue. Matrices become Q8_0, bit for bit what llama.cpp's quantiser
gives; positions, biases and norms stay float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_LAYERS = 6
_HEADS = 12
_WIDTH = 384
_FEED_FORWARD = 1536
_CONTEXT = 512
_EPSILON = 1e-12
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

_OUTER = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm": "token_embd_norm",
}
_INNER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_KEPT_EXACT = ("position_embd.weight", "token_types.weight")


def convert(weights: Path, vocabulary: Path, into: Path) -> None:
    """Write the GGUF of `weights` to `into`, which must not exist. Needs about 250 MB of memory."""
    import gguf
    from safetensors.numpy import load_file

    q8, f32 = gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.F32
    writer = gguf.GGUFWriter(into, "bert")
    _describe(writer)
    _tokenizer(writer, vocabulary.read_text("utf-8").splitlines())
    tensors = load_file(weights)
    for theirs, ours in _names():
        values: Array = tensors[theirs].astype(np.float32, copy=False)
        exact = values.ndim == 1 or ours in _KEPT_EXACT
        kind = f32 if exact else q8
        writer.add_tensor(ours, gguf.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _names() -> Iterator[tuple[str, str]]:
    """(name in the safetensors, name in the GGUF), in the order of the file."""
    for theirs, ours in _OUTER.items():
        yield from _ends(theirs, ours)
    for layer in range(_LAYERS):
        for theirs, ours in _INNER.items():
            yield from _ends(f"encoder.layer.{layer}.{theirs}", f"blk.{layer}.{ours}")


def _ends(theirs: str, ours: str) -> Iterator[tuple[str, str]]:
    if theirs.endswith(".weight"):
        yield theirs, ours
        return
    for end in ("weight", "bias"):
        yield f"{theirs}.{end}", f"{ours}.{end}"


def _describe(writer: Any) -> None:
    import gguf

    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("apache-2.0")
    writer.add_block_count(_LAYERS)
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_feed_forward_length(_FEED_FORWARD)
    writer.add_head_count(_HEADS)
    writer.add_layer_norm_eps(_EPSILON)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _tokenizer(writer: Any, words: list[str]) -> None:
    """llama.cpp marks the start of a word (`▁`), BERT marks its continuation (`##`)."""
    import gguf

    control, normal = int(gguf.TokenType.CONTROL), int(gguf.TokenType.NORMAL)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_type_count(2)
    writer.add_token_list([_marked(word) for word in words])
    writer.add_token_types([control if word in _SPECIAL else normal for word in words])
    writer.add_pad_token_id(words.index("[PAD]"))
    writer.add_unk_token_id(words.index("[UNK]"))
    writer.add_bos_token_id(words.index("[CLS]"))
    writer.add_sep_token_id(words.index("[SEP]"))
    writer.add_mask_token_id(words.index("[MASK]"))


def _marked(word: str) -> str:
    if word.startswith("##"):
        return word[2:]
    return word if word.startswith("[") and word.endswith("]") else f"\u2581{word}"
