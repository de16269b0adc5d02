"""A language model on this machine: it judges, copies, and — the larger ones — writes.

Every call is canonical: empty memory, the whole prompt in one decode, the likeliest token each
time. The same prompt therefore gets the same answer, whatever was asked before.
"""

from __future__ import annotations

import ctypes
import json
import math
import re
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from models import grammar as grammars
from models import runtime
from models.spoken import Reply
from models.store import ModelFile
from secondme.errors import ModelMissing, UsageError

Message = Mapping[str, str]
"""`role` (system | user | assistant) and `content`."""

_CONTEXT = 2048
_MICRO_BATCH = 512
_FLASH_ATTENTION_OFF = 0
_COPIED_FROM = 400
"""Characters of a text that a span may be copied from: a small model loses its way in more."""
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)\s*", re.DOTALL)
_SLOT = re.compile("\ue000(\\d+)\ue001")
_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
"""For models that bring no template."""
_COLDEST = 1e-6
"""A temperature below it is 0: logits are divided by it, and would no longer be numbers."""
_NO_DATE = datetime(2025, 1, 1, tzinfo=UTC)
"""Some templates print today's date; a build must not depend on the clock."""


class Manner(NamedTuple):
    """How an answer is to be given."""

    max_tokens: int
    stop: tuple[str, ...] = ()
    """Texts at which the answer ends, before them."""
    temperature: float = 0.0
    """0 is always the likeliest token, the only manner a build may use."""
    top_p: float = 1.0
    seed: int = 0


def identity(file: ModelFile, context: int = _CONTEXT) -> str:
    """Answers may be kept and compared only when this is equal. The file need not be opened."""
    return f"{file.sha256[:16]}/{runtime.version()}/{context}"


class ChatModel:
    """A chat model, open until `close()`. Threads may share it: calls take turns."""

    def __init__(self, file: ModelFile, *, context: int = _CONTEXT, threads: int = 0) -> None:
        if file.role != "chat":
            raise UsageError(
                f"{file.name} embeds; it does not write.", "secondme models pull smollm2-135m"
            )
        lib = self._lib = runtime.llama_cpp()
        self._model: Any = runtime.load(file.path)
        self._context: Any = lib.llama_init_from_model(
            self._model, self._parameters(context, threads or runtime.threads())
        )
        if not self._context:
            raise ModelMissing(f"There is no memory to open {file.name}.", "secondme models list")
        self._turn = threading.Lock()
        self._kept: list[int] = []
        self._vocabulary = lib.llama_model_get_vocab(self._model)
        self._template = self._chat_template()
        self._yes = self._first_tokens(("Yes", "yes"))
        self._no = self._first_tokens(("No", "no"))
        self.context = context
        """Tokens that prompt and answer may have together."""
        self.name = file.name
        self.tier = file.tier
        """extractive: may choose and copy · abstractive: may also compose"""
        self.identity = identity(file, context)

    def count(self, text: str) -> int:
        """Tokens in `text`, without the marks that a prompt adds."""
        return len(self._tokens(text, special=False))

    def spelled(self, text: str) -> list[bytes]:
        """`text` in the pieces that its tokens stand for."""
        return [self._piece(token) for token in self._tokens(text, special=False)]

    def yes_no(self, prompt: str, *, before: Sequence[Message] = ()) -> float:
        """How much likelier "yes" is than "no" as the next word, as a difference of logits.

        Only comparisons mean anything: a small model leans towards one answer for a given wording,
        so the threshold belongs to the wording. `before` is what stays the same from call to call
        (a task, examples): it is decoded apart from `prompt` and kept for the next call, which
        gives the same bits as decoding it again and saves most of the time.
        """
        tokens, split = self._split([*before, {"role": "user", "content": prompt}])
        with self._turn:
            if before:
                self._keep(tokens[:split])
                self._decode(tokens[split:], start=False)
            else:
                self._decode(tokens)
            logits = self._lib.llama_get_logits_ith(self._context, -1)
            return _together(logits, self._yes) - _together(logits, self._no)

    def copy_span(self, instruction: str, text: str, *, none: str = "none") -> str | None:
        """The part of `text` that the model picks on `instruction`, verbatim; None when it says
        `none`.

        A part is a run of whole words. Only the first 400 characters of `text`, cut at a word, are
        shown and can be copied.
        """
        shown = _cut(text)
        if not shown.strip():
            return None
        messages = [
            {"role": "system", "content": instruction},
            {"role": "user", "content": shown},
        ]
        rules = grammars.copying(shown, none)
        span = self._generate(self._prompt(messages), self.count(shown) + 16, rules)
        return span if span != none and span in text and span else None

    def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        grammar: str | None = None,
        json_schema: Mapping[str, Any] | None = None,
    ) -> str:
        """The answer to `messages`, without any `<think>` block.

        `grammar` is GBNF; a `json_schema` becomes one, and wants `maxLength` and `maxItems` on
        everything, or the model may never close it. Its strings may hold raw newlines: parse with
        `strict=False`. Raises `UsageError` when prompt and answer do not fit the context.
        """
        if json_schema is not None:
            from llama_cpp.llama_grammar import json_schema_to_gbnf

            grammar = json_schema_to_gbnf(json.dumps(json_schema))
        prompt = self._prompt(messages)
        if len(prompt) + max_tokens > self.context:
            raise UsageError(
                f"The prompt has {len(prompt)} tokens; with {max_tokens} for the answer that is"
                f" more than the model's {self.context}.",
                "Ask for less, or give it less to read.",
            )
        return _THOUGHT.sub("", self._generate(prompt, max_tokens, grammar)).strip()

    def measure(self, messages: Sequence[Message]) -> int:
        """Tokens of a whole prompt, with all that the template puts around the messages."""
        return len(self._prompt(messages))

    def stream(self, messages: Sequence[Message], manner: Manner) -> Reply:
        """The answer to `messages` as it is being given, cut off where the context is full.

        The model is taken when the first piece is asked for, and given back at the last one or when
        the iteration is dropped. Raises `UsageError` when the prompt leaves no room for an answer.
        """
        prompt = self._prompt(messages)
        most = min(manner.max_tokens, self.context - len(prompt))
        if most < 1:
            raise UsageError(
                f"The prompt has {len(prompt)} tokens; prompt and answer may have {self.context}.",
                "Give it less to read.",
            )
        return Reply(self._given(prompt, most, None, manner), most, manner.stop, prompt=len(prompt))

    def close(self) -> None:
        """Free the weights. The object must not be used afterwards; closing twice is fine."""
        if self._context:
            self._lib.llama_free(self._context)
            self._lib.llama_model_free(self._model)
            self._context = self._model = None

    def _parameters(self, context: int, threads: int) -> Any:
        params = self._lib.llama_context_default_params()
        params.n_ctx = params.n_batch = context
        params.n_ubatch = _MICRO_BATCH
        params.n_seq_max = 1
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = _FLASH_ATTENTION_OFF
        params.offload_kqv = params.op_offload = False
        return params

    def _chat_template(self) -> Any:
        from llama_cpp import llama_chat_format

        lib = self._lib
        own: bytes | None = lib.llama_model_chat_template(self._model, None)
        formatter: Any = llama_chat_format.Jinja2ChatFormatter(
            template=own.decode("utf-8") if own else _CHATML,
            bos_token=self._mark(lib.llama_vocab_bos(self._vocabulary)),
            eos_token=self._mark(lib.llama_vocab_eos(self._vocabulary)),
        )
        formatter.strftime_now = _NO_DATE.strftime
        return formatter

    def _mark(self, token: int) -> str:
        if token < 0:
            return ""
        mark: bytes = self._lib.llama_vocab_get_text(self._vocabulary, token)
        return mark.decode("utf-8", "replace")

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        return self._split(messages)[0]

    def _split(self, messages: Sequence[Message]) -> tuple[list[int], int]:
        """The chat template around the messages as tokens, and where the last message begins.

        The template is rendered around place-holders and the words of people are tokenised apart
        from it, so that a message that contains `<|im_end|>` cannot end its turn.
        """
        held = [{**m, "content": f"\ue000{i}\ue001"} for i, m in enumerate(messages)]
        rendered = self._rendered(held)
        tokens: list[int] = []
        last = 0
        for i, piece in enumerate(_SLOT.split(rendered)):
            if i % 2:
                last = len(tokens)
                tokens += self._tokens(messages[int(piece)]["content"], special=False)
            else:
                tokens += self._tokens(piece, special=True)
        return tokens, last

    def _rendered(self, messages: Sequence[dict[str, str]]) -> str:
        problem: Exception | None = None
        for taken in (messages, _in_turns(messages)):
            try:
                return str(self._template(messages=taken, enable_thinking=False).prompt)
            except Exception as error:  # a template is a program, and raises what it likes
                problem = error
        raise UsageError(
            "The model's template does not take these messages.",
            "Let user and assistant speak in turns, the user first.",
        ) from problem

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        buffer = (ctypes.c_int32 * room)()
        count = self._lib.llama_tokenize(
            self._vocabulary, data, len(data), buffer, room, False, special
        )
        return buffer[:count]

    def _first_tokens(self, words: Iterable[str]) -> list[int]:
        return sorted({self._tokens(word, special=False)[0] for word in words})

    def _decode(self, tokens: list[int], *, start: bool = True) -> None:
        """Feed `tokens`; `start` forgets everything before them."""
        lib = self._lib
        if len(tokens) > self.context:
            raise UsageError(
                f"The prompt has {len(tokens)} tokens; the model takes {self.context}.",
                "Give it less to read.",
            )
        if start:
            lib.llama_memory_clear(lib.llama_get_memory(self._context), True)
            self._kept = []
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        if lib.llama_decode(self._context, lib.llama_batch_get_one(array, len(tokens))) != 0:
            raise ModelMissing("The language model failed on a prompt.", "secondme models list")

    def _keep(self, prefix: list[int]) -> None:
        """Leave the memory holding exactly `prefix`, decoded on its own."""
        lib = self._lib
        kept = self._kept == prefix and lib.llama_memory_seq_rm(
            lib.llama_get_memory(self._context), 0, len(prefix), -1
        )
        if not kept:
            self._decode(prefix)
            self._kept = prefix

    def _generate(self, prompt: list[int], most: int, grammar: str | None) -> str:
        most = min(most, self.context - len(prompt))
        return b"".join(self._given(prompt, most, grammar)).decode("utf-8", "ignore")

    def _given(
        self, prompt: list[int], most: int, grammar: str | None, manner: Manner | None = None
    ) -> Generator[bytes, None, None]:
        """The bytes of each token of the answer, until it ends or `most` were given."""
        lib = self._lib
        with self._turn:
            sampler = self._sampler(grammar, manner)
            try:
                self._decode(prompt)
                for left in range(most, 0, -1):
                    token = lib.llama_sampler_sample(sampler, self._context, -1)
                    if lib.llama_vocab_is_eog(self._vocabulary, token):
                        break
                    yield self._piece(token)
                    if left > 1:
                        self._decode([token], start=False)
            finally:
                lib.llama_sampler_free(sampler)

    def _sampler(self, grammar: str | None, manner: Manner | None) -> Any:
        lib = self._lib
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if grammar is not None:
            rules = lib.llama_sampler_init_grammar(
                self._vocabulary, grammar.encode("utf-8"), b"root"
            )
            if not rules:
                lib.llama_sampler_free(chain)
                raise UsageError("The grammar cannot be read by llama.cpp.", "Check its GBNF.")
            lib.llama_sampler_chain_add(chain, rules)
        if manner is None or manner.temperature < _COLDEST:
            lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
            return chain
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_p(manner.top_p, 1))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_temp(manner.temperature))
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_dist(manner.seed))
        return chain

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(256)
        size = self._lib.llama_token_to_piece(
            self._vocabulary, token, buffer, len(buffer), 0, False
        )
        return buffer.raw[: max(0, size)]


def _in_turns(messages: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """For templates that know only user and assistant, one after the other: what the system says is
    the user's, and neighbours become one message.
    """
    turns: list[dict[str, str]] = []
    for message in messages:
        role = "assistant" if message["role"] == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += f"\n\n{message['content']}"
        else:
            turns.append({"role": role, "content": message["content"]})
    return turns


def _together(logits: Any, tokens: Iterable[int]) -> float:
    """The logit of "any of these": their log-sum-exp."""
    values = [float(logits[token]) for token in tokens]
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def _cut(text: str) -> str:
    if len(text) <= _COPIED_FROM:
        return text
    head = text[: _COPIED_FROM + 1]
    cut = max(head.rfind(" "), head.rfind("\n"))
    return head[:cut] if cut > 0 else head[:_COPIED_FROM]
