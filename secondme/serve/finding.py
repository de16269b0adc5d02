"""Searching and embedding: POST /v1/vector_stores/secondme/search, POST /v1/embeddings."""

from __future__ import annotations

import base64
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from secondme.errors import NotFound
from secondme.memory import Memory
from secondme.record import Hit
from secondme.serve import body
from secondme.serve.asking import known_model
from secondme.serve.body import Fields
from secondme.serve.desk import Desk
from secondme.serve.refusals import Refusal, bad

STORE = "secondme"
_MOST_HITS = 50
_MOST_QUERIES = 16
_LONGEST = 4_096
"""Characters of a query, as OpenAI has it."""
_MOST_TEXTS = 2_048
_ATTRIBUTE = 512
"""Characters that OpenAI allows an attribute."""
# What a filter may say, and the option of `Memory.search` that it becomes.
_FILTERS = {
    ("eq", "author"): "person",
    ("eq", "source"): "source",
    ("gte", "at"): "since",
    ("lt", "at"): "until",
}


async def search(request: Request, desk: Desk) -> Response:
    """The records that answer a query, best first, in the shape of a vector store's page."""
    if request.path_params["store"] != STORE:
        raise Refusal(404, "There is one vector store: secondme.", "not_found")
    asked = await body.read(request)
    queries = asked.texts("query", _MOST_QUERIES)
    query = "\n".join(queries)
    if not query.strip() or len(query) > _LONGEST:
        raise bad(f"`query` must have 1 to {_LONGEST} characters.", "query")
    options: dict[str, Any] = {
        "k": asked.whole("max_num_results", 1, _MOST_HITS) or 10,
        **_filters(asked.part("filters")),
    }
    ranking = asked.part("ranking_options")
    least = ranking.number("score_threshold", 0, 1_000) or 0.0
    hits = await desk.workers.do(partial(_found, query=query, options=options))
    hits = [hit for hit in hits if hit.score >= least]
    desk.ledger.note(desk.client(request).name, "search", [hit.id for hit in hits])
    return JSONResponse(
        {
            "object": "vector_store.search_results.page",
            "search_query": queries,
            "data": [_result(hit) for hit in hits],
            "has_more": False,
            "next_page": None,
        }
    )


def _found(memory: Memory, query: str, options: dict[str, Any]) -> list[Hit]:
    try:
        return memory.search(query, now=date.today(), **options)
    except NotFound:
        # A filter that names nobody lets nothing through, and is no error.
        return []


def _filters(given: Fields) -> dict[str, str]:
    """A comparison, or several joined by `and`, as options of a search."""
    kind = given.text("type")
    if kind is None:
        return {}
    if kind != "and":
        return dict([_comparison(given)])
    parts = given.raw("filters")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise bad("`filters.filters` must be a list of filters.", "filters")
    pairs = [_comparison(Fields(part, "filters.")) for part in parts]
    if len(dict(pairs)) < len(pairs):
        raise bad("One filter of a kind is possible.", "filters", "unsupported_filter")
    return dict(pairs)


def _comparison(given: Fields) -> tuple[str, str]:
    """The option of a search, and its value."""
    option = _FILTERS.get((given.text("type") or "", given.text("key") or ""))
    value = given.text("value")
    if option is None or not value:
        raise bad(
            "Filters are eq on author or source, gte and lt on at, and `and` of those.",
            "filters",
            "unsupported_filter",
        )
    return option, value


def _result(hit: Hit) -> dict[str, Any]:
    attributes = {
        "author": hit.author,
        "at": hit.at,
        "source": hit.source,
        "conversation": hit.conversation,
    }
    return {
        "file_id": hit.id,
        "filename": hit.conversation,
        "score": hit.score,
        "attributes": {name: value[:_ATTRIBUTE] for name, value in attributes.items() if value},
        "content": [{"type": "text", "text": hit.text}],
    }


async def embeddings(request: Request, desk: Desk) -> Response:
    """Vectors of texts, by the model that the memory's own vectors are from."""
    asked = await body.read(request)
    model = known_model(asked)
    texts = asked.texts("input", _MOST_TEXTS)
    if not texts or not all(texts):
        raise bad("`input` must be text, or a list of texts, and none of them empty.", "input")
    encoding = asked.text("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise bad("`encoding_format` must be float or base64.", "encoding_format")
    wanted = asked.whole("dimensions", 1, 100_000)
    vectors: list[Any] = []
    tokens = 0
    # One at a time: searches go in between, and at the end of the server no more is begun.
    for text in texts:
        if await request.is_disconnected():
            return Response(status_code=499)
        (vector,), read = await desk.workers.do(partial(Memory.embed, texts=[text]))
        vectors.append(vector)
        tokens += read
    if wanted not in (None, len(vectors[0])):
        raise bad(f"The vectors have {len(vectors[0])} dimensions.", "dimensions")
    encode = _base64 if encoding == "base64" else _floats
    data = [
        {"object": "embedding", "index": i, "embedding": encode(vector)}
        for i, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return JSONResponse({"object": "list", "model": model, "data": data, "usage": usage})


def _floats(vector: Any) -> list[float]:
    numbers: list[float] = vector.tolist()
    return numbers


def _base64(vector: Any) -> str:
    """Little-endian 32-bit numbers, which is what clients unpack."""
    return base64.b64encode(np.asarray(vector, "<f4").tobytes()).decode()
