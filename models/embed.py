"""Text becomes a vector of meaning, with the same bits every time.

llama.cpp's results depend on what else is in the batch, so there is one way to call it and no
other: one text, one sequence, one decode, one thread, empty memory.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from models import runtime
from models.store import ModelFile
from secondme.errors import ModelMissing, UsageError

Vector = npt.NDArray[np.float32]

_CONTEXT = 512
_PARTS = 8
"""Contexts' worth of tokens that are looked at: what lies beyond, no one vector could mean."""
_LONGEST = 32_000
"""Characters that are tokenised at all."""
_FLASH_ATTENTION_OFF = 0
_MEAN = 1


class Embedder:
    """An embedding model, open until `close()`. Not thread-safe: one thread owns it."""

    def __init__(self, file: ModelFile) -> None:
        if file.role != "embed":
            raise UsageError(
                f"{file.name} writes text; it does not embed.", "secondme models pull minilm-l6"
            )
        lib = self._lib = runtime.llama_cpp()
        self._model: Any = runtime.load(file.path)
        self._context: Any = lib.llama_init_from_model(self._model, self._parameters())
        if not self._context:
            raise ModelMissing(f"{file.name} cannot be used for embedding.", "secondme models list")
        self._vocabulary = lib.llama_model_get_vocab(self._model)
        self._buffer = (ctypes.c_int32 * (_LONGEST + 2))()
        self._head, self._tail = self._frame()
        self.dims: int = lib.llama_model_n_embd(self._model)
        self.identity = f"{file.sha256[:16]}/{self.dims}/unit/{runtime.version()}/1seq"
        """Vectors may be compared only when this is equal."""

    def embed(self, text: str) -> Vector:
        """A vector of unit length, `dims` wide.

        A text of more than 512 tokens is cut into equal parts whose vectors are averaged; only the
        first eight times 512 count.
        """
        room = _CONTEXT - len(self._head) - len(self._tail)
        tokens = self._tokens(text[:_LONGEST], special=False)[: _PARTS * room]
        parts = max(1, -(-len(tokens) // room))
        size = max(1, -(-len(tokens) // parts))
        starts = range(0, max(1, len(tokens)), size)
        vectors = [self._decode(tokens[start : start + size]) for start in starts]
        return vectors[0] if len(vectors) == 1 else _unit(np.mean(vectors, axis=0))

    def close(self) -> None:
        """Free the weights. The object must not be used afterwards; closing twice is fine."""
        if self._context:
            self._lib.llama_free(self._context)
            self._lib.llama_model_free(self._model)
            self._context = self._model = None

    def _parameters(self) -> Any:
        params = self._lib.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = _CONTEXT
        params.n_seq_max = 1
        params.n_threads = params.n_threads_batch = 1
        params.embeddings = True
        params.pooling_type = _MEAN
        params.flash_attn_type = _FLASH_ATTENTION_OFF
        params.offload_kqv = params.op_offload = False
        return params

    def _frame(self) -> tuple[list[int], list[int]]:
        """What the model wants before and after a text: [CLS] and [SEP] for BERT."""
        marks = self._tokens("", special=True)
        if len(marks) == 1 and not self._lib.llama_vocab_get_add_bos(self._vocabulary):
            return [], marks
        return marks[:1], marks[1:]

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        count = self._tokenise(data, special)
        if count < 0:
            self._buffer = (ctypes.c_int32 * -count)()
            count = self._tokenise(data, special)
        return self._buffer[:count]

    def _tokenise(self, data: bytes, special: bool) -> int:
        """The number of tokens in the buffer, or minus the room that would be needed. Marks such
        as `[SEP]` inside a person's text are text."""
        count: int = self._lib.llama_tokenize(
            self._vocabulary, data, len(data), self._buffer, len(self._buffer), special, False
        )
        return count

    def _decode(self, tokens: list[int]) -> Vector:
        lib = self._lib
        framed = self._head + tokens + self._tail
        memory = lib.llama_get_memory(self._context)
        if memory:
            lib.llama_memory_clear(memory, True)
        array = (ctypes.c_int32 * len(framed))(*framed)
        if lib.llama_decode(self._context, lib.llama_batch_get_one(array, len(framed))) != 0:
            raise ModelMissing("The embedding model failed on a text.", "secondme models list")
        pointer = lib.llama_get_embeddings_seq(self._context, 0)
        return _unit(np.ctypeslib.as_array(pointer, shape=(self.dims,)))


def _unit(vector: npt.NDArray[Any]) -> Vector:
    exact = vector.astype(np.float64)
    return (exact / np.linalg.norm(exact)).astype(np.float32)
