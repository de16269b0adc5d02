"""Text becomes a vector of meaning, with the same bits every time.

llama.cpp's results depend on what else is in the batch, so there is one way to call it and no
other: one text, one sequence, one decode, one thread, empty memory.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
    """An embedding model, open until `close()`. Threads may share it: they have the weights in
    common, and each call a context to itself.
    """

    def __init__(self, file: ModelFile) -> None:
        if file.role != "embed":
            raise UsageError(
                f"{file.name} writes text; it does not embed.", "secondme models pull minilm-l6"
            )
        lib = self._lib = runtime.llama_cpp()
        self._model: Any = runtime.load(file.path)
        self._name = file.name
        self._opening = threading.Lock()
        self._idle = [self._new_context()]
        """As many as threads ever embedded at once."""
        self._vocabulary = lib.llama_model_get_vocab(self._model)
        self._head, self._tail = self._frame()
        self.dims: int = lib.llama_model_n_embd(self._model)
        self.identity = f"{file.sha256[:16]}/{self.dims}/unit/{runtime.version()}/1seq"
        """Vectors may be compared only when this is equal."""

    def embed(self, text: str) -> Vector:
        """A vector of unit length, `dims` wide.

        A text of more than 512 tokens is cut into equal parts whose vectors are averaged; only the
        first eight times 512 count.
        """
        room = self._room()
        tokens = self._read(text)
        parts = max(1, -(-len(tokens) // room))
        size = max(1, -(-len(tokens) // parts))
        starts = range(0, max(1, len(tokens)), size)
        with self._borrowed() as context:
            vectors = [self._decode(context, tokens[start : start + size]) for start in starts]
        return vectors[0] if len(vectors) == 1 else _unit(np.mean(vectors, axis=0))

    def count(self, text: str) -> int:
        """Tokens in `text` that `embed` looks at."""
        return len(self._read(text))

    def _room(self) -> int:
        """Tokens of a text that one vector is made of."""
        return _CONTEXT - len(self._head) - len(self._tail)

    def _read(self, text: str) -> list[int]:
        return self._tokens(text[:_LONGEST], special=False)[: _PARTS * self._room()]

    def close(self) -> None:
        """Free the weights. The object must not be used afterwards; closing twice is fine."""
        if self._model:
            while self._idle:
                self._lib.llama_free(self._idle.pop())
            self._lib.llama_model_free(self._model)
            self._model = None

    @contextmanager
    def _borrowed(self) -> Iterator[Any]:
        """A context that nobody else uses meanwhile."""
        with self._opening:
            context = self._idle.pop() if self._idle else self._new_context()
        try:
            yield context
        finally:
            self._idle.append(context)

    def _new_context(self) -> Any:
        context = self._lib.llama_init_from_model(self._model, self._parameters())
        if not context:
            raise ModelMissing(
                f"{self._name} cannot be used for embedding.", "secondme models list"
            )
        return context

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
        """Marks such as `[SEP]` inside a person's text are text."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        buffer = (ctypes.c_int32 * room)()
        count = self._lib.llama_tokenize(
            self._vocabulary, data, len(data), buffer, room, special, False
        )
        return buffer[:count]

    def _decode(self, context: Any, tokens: list[int]) -> Vector:
        lib = self._lib
        framed = self._head + tokens + self._tail
        memory = lib.llama_get_memory(context)
        if memory:
            lib.llama_memory_clear(memory, True)
        array = (ctypes.c_int32 * len(framed))(*framed)
        if lib.llama_decode(context, lib.llama_batch_get_one(array, len(framed))) != 0:
            raise ModelMissing("The embedding model failed on a text.", "secondme models list")
        pointer = lib.llama_get_embeddings_seq(context, 0)
        return _unit(np.ctypeslib.as_array(pointer, shape=(self.dims,)))


def _unit(vector: npt.NDArray[Any]) -> Vector:
    exact = vector.astype(np.float64)
    return (exact / np.linalg.norm(exact)).astype(np.float32)
