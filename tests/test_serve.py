"""The endpoint as other programs meet it: through OpenAI's own client."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from serving import Server, StubChat, remember, serving
from stubs import DIMS, StubEmbedder

from secondme.forget import Request
from secondme.serve import workers
from secondme.serve.asking import asked
from secondme.serve.body import Fields
from secondme.vault import Vault

LIFE = (
    ("Ada", "2024-05-01", "I live in Porto since last week"),
    ("Bea", "2024-05-02", "Is there good tea in Porto?"),
    ("Ada", "2024-05-03", "We ate grilled sardines by the river in Lisbon"),
)


@pytest.fixture
def server(vault: Vault) -> Iterator[Server]:
    """The bundled tier: a model that may not compose."""
    remember(vault, *LIFE)
    with serving(vault, StubChat()) as running:
        yield running


@pytest.fixture
def composing(vault: Vault) -> Iterator[Server]:
    """An owner's larger model, which is shown quotes and writes."""
    remember(vault, *LIFE)
    with serving(vault, StubChat("abstractive")) as running:
        yield running


def ask(client: openai.OpenAI, question: str, **options: Any) -> Any:
    given = {"model": "secondme", "messages": [{"role": "user", "content": question}]}
    return client.chat.completions.create(**{**given, **options})


def extra(answer: Any) -> Any:
    return answer.model_extra["secondme"]


def told(server: Server, *, most: int = 100) -> list[dict[str, Any]]:
    """The log of disclosures, once what was noted is written."""
    end = time.monotonic() + 5
    while not (found := server.memory.told(most=most)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_both_models_are_listed_and_found_by_name(server: Server) -> None:
    with server.client("chat") as client:
        assert [model.id for model in client.models.list()] == ["secondme", "secondme/raw"]
        assert client.models.retrieve("secondme/raw").owned_by == "secondme"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("gpt-4o")


def test_an_answer_quotes_and_cites_the_records_it_rests_on(server: Server) -> None:
    with server.client() as client:
        answer = ask(client, "Where do I live?")
    said = answer.choices[0].message.content
    assert "I live in Porto since last week" in said
    assert "[1]" in said
    assert answer.choices[0].finish_reason == "stop"
    citation = extra(answer)["citations"][0]
    assert (citation["n"], citation["author"], citation["at"][:10]) == (1, "Ada", "2024-05-01")
    assert server.memory.show(citation["id"])["text"] == citation["quote"]
    assert extra(answer)["abstained"] is False
    words = len(said.split())
    assert answer.usage.completion_tokens == words
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + words


def test_what_nobody_said_is_not_known(server: Server) -> None:
    with server.client() as client:
        answer = ask(client, "What is the capital of Mongolia?")
    assert answer.choices[0].message.content.startswith("I don't know")
    assert extra(answer) == {"citations": [], "abstained": True}


def test_a_question_that_means_nothing_alone_is_read_with_the_one_before(server: Server) -> None:
    talk = [
        {"role": "user", "content": "What about grilled sardines?"},
        {"role": "assistant", "content": "Ask away."},
        {"role": "user", "content": "Where was that?"},
    ]
    with server.client() as client:
        answer = client.chat.completions.create(model="secondme", messages=talk)  # type: ignore[arg-type]
    assert "Lisbon" in answer.choices[0].message.content


def test_a_stream_gives_the_same_words_and_ends_with_citations_and_usage(server: Server) -> None:
    with server.client() as client:
        whole = ask(client, "Where do I live?")
        chunks = list(
            ask(client, "Where do I live?", stream=True, stream_options={"include_usage": True})
        )
    said = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert said == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert extra(chunks[-1]) == extra(whole)
    assert all(c.usage is None for c in chunks[:-1])


def test_the_asynchronous_client_streams_too(server: Server) -> None:
    token = server.token("async")

    async def talk() -> tuple[str, str]:
        async with openai.AsyncOpenAI(base_url=server.url, api_key=token) as client:
            given: Any = {
                "model": "secondme",
                "messages": [{"role": "user", "content": "Where do I live?"}],
            }
            whole = await client.chat.completions.create(**given)
            stream = await client.chat.completions.create(**given, stream=True)
            said = [c.choices[0].delta.content or "" async for c in stream]
            return whole.choices[0].message.content or "", "".join(said)

    whole, streamed = asyncio.run(talk())
    assert whole == streamed
    assert "Porto" in whole


def test_answers_end_at_the_callers_bounds(server: Server) -> None:
    with server.client() as client:
        short = ask(client, "Where do I live?", max_tokens=3)
        newer = ask(client, "Where do I live?", max_completion_tokens=3)
        stopped = ask(client, "Where do I live?", stop=["Porto"])
    assert short.choices[0].finish_reason == newer.choices[0].finish_reason == "length"
    assert short.usage.completion_tokens == 3
    assert stopped.choices[0].finish_reason == "stop"
    assert stopped.choices[0].message.content == "“I live in "


def test_the_bare_model_is_shown_nothing_of_the_memory(server: Server) -> None:
    assert server.chat is not None
    server.chat.replies = ["Hello there."]
    with server.client() as client:
        answer = ask(client, "Where do I live?", model="secondme/raw")
    assert answer.choices[0].message.content.strip() == "Hello there."
    assert "secondme" not in answer.model_extra
    assert server.chat.shown == [[{"role": "user", "content": "Where do I live?"}]]


def test_memory_can_be_switched_off_for_one_request(server: Server) -> None:
    assert server.chat is not None
    with server.client() as client:
        answer = ask(client, "Where do I live?", extra_body={"secondme": {"memory": False}})
    assert "secondme" not in answer.model_extra
    assert "Porto" not in str(server.chat.shown)


def test_a_larger_model_is_shown_quotes_and_its_citations_are_resolved(composing: Server) -> None:
    chat = composing.chat
    assert chat is not None
    chat.replies = ["You live in Porto [1]."]
    with composing.client() as client:
        answer = ask(
            client, "Where do I live?",
            messages=[{"role": "system", "content": "Be brief."},
                      {"role": "user", "content": "Where do I live?"}],
        )  # fmt: skip
    system, user = chat.shown[0]
    assert system["content"].startswith("Be brief.\n\n")
    assert "[1] Ada, 2024-05-01: “I live in Porto since last week”" in system["content"]
    assert "untrusted" in system["content"]
    assert user == {"role": "user", "content": "Where do I live?"}
    assert [c["n"] for c in extra(answer)["citations"]] == [1]
    assert answer.usage.prompt_tokens == chat.measure(chat.shown[0])


def test_the_callers_own_messages_come_before_memory(composing: Server) -> None:
    chat = composing.chat
    assert chat is not None
    filling = "word " * (chat.context - 60)
    with composing.client() as client:
        ask(client, f"{filling} where do I live in Porto?")
        assert chat.measure(chat.shown[0]) < chat.context
        assert "memory" not in str(chat.shown[0])
        with pytest.raises(openai.BadRequestError) as refused:
            ask(client, "word " * chat.context)
    assert refused.value.code == "context_length_exceeded"


def test_only_so_many_answers_wait_for_the_model(vault: Vault) -> None:
    chat = StubChat()
    chat.pause = 0.01
    with serving(vault, chat) as server:
        token = server.token("many")

        async def talk() -> list[str]:
            async with openai.AsyncOpenAI(
                base_url=server.url, api_key=token, max_retries=0
            ) as client:
                many = (
                    client.chat.completions.create(
                        model="secondme/raw", messages=[{"role": "user", "content": "Hi"}]
                    )
                    for _ in range(20)
                )
                done = await asyncio.gather(*many, return_exceptions=True)
                return [type(one).__name__ for one in done]

        outcomes = asyncio.run(talk())
    assert set(outcomes) == {"ChatCompletion", "RateLimitError"}
    assert outcomes.count("ChatCompletion") >= 16


def test_a_client_that_goes_away_frees_the_model(vault: Vault) -> None:
    chat = StubChat(context=5_000)
    chat.pause = 0.02
    chat.replies = ["word " * 2_000, "Good day."]
    with serving(vault, chat) as server, server.client() as client:
        stream = ask(client, "Talk.", model="secondme/raw", stream=True)
        next(iter(stream))
        stream.close()
        began = time.monotonic()
        answer = ask(client, "Hello?", model="secondme/raw")
        assert answer.choices[0].message.content.strip() == "Good day."
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_who_goes_away_while_waiting_gives_the_place_to_another(vault: Vault, stream: bool) -> None:
    chat = StubChat(context=5_000)
    chat.pause = 0.02
    chat.replies = ["word " * 2_000, "Good day."]
    sent = {"model": "secondme/raw", "messages": [{"role": "user", "content": "Hi"}]}
    with serving(vault, chat) as server, server.client() as client:
        speaking = ask(client, "Talk.", model="secondme/raw", stream=True)
        next(iter(speaking))
        headers = {"authorization": f"Bearer {client.api_key}", "content-type": "application/json"}
        waiting = [http.client.HTTPConnection("127.0.0.1", server.port) for _ in range(16)]
        for connection in waiting:
            told = json.dumps({**sent, "stream": stream})
            connection.request("POST", "/v1/chat/completions", told, headers)
        time.sleep(0.5)
        for connection in waiting:
            connection.close()
        time.sleep(0.3)
        speaking.close()
        answer = ask(client, "Hello?", model="secondme/raw")
    assert answer.choices[0].message.content.strip() == "Good day."
    assert len(chat.shown) == 2


def test_a_stream_that_finds_no_place_is_refused_and_nothing_was_told(vault: Vault) -> None:
    remember(vault, *LIFE)
    chat = StubChat("abstractive", context=5_000)
    with serving(vault, chat) as server, server.client() as client:
        workers.WAITING, before = -1, workers.WAITING
        try:
            with pytest.raises(openai.RateLimitError):
                ask(client, "Where do I live?", stream=True)
        finally:
            workers.WAITING = before
    assert server.memory.told() == []


def test_a_long_list_of_texts_to_embed_keeps_no_search_waiting(vault: Vault) -> None:
    remember(vault, *LIFE)
    with serving(vault, None, searchers=1) as server, server.client("read") as client:
        embedder: Any = server.memory._library.embedder
        embed = embedder.embed
        embedder.count = len
        embedder.embed = lambda text: (time.sleep(0.05), embed(text))[1]
        with ThreadPoolExecutor(1) as other:
            long = other.submit(client.embeddings.create, model="secondme", input=["tea"] * 60)
            time.sleep(0.2)
            began = time.monotonic()
            assert client.vector_stores.search("secondme", query="Porto").data
            assert time.monotonic() - began < 1
            assert len(long.result().data) == 60


def test_an_event_is_one_line_for_every_client(vault: Vault) -> None:
    """Many split at what Unicode calls the end of a line."""
    remember(vault, ("Bea", "2024-06-01", "a kettle\u2028that\x85whistles"))
    asking = [{"role": "user", "content": "kettle"}]
    sent = {"model": "secondme", "messages": asking, "stream": True}
    with serving(vault, StubChat()) as server:
        headers = {
            "authorization": f"Bearer {server.token('lines')}",
            "content-type": "application/json",
        }
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", "/v1/chat/completions", json.dumps(sent), headers)
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
    found = [json.loads(line[6:]) for line in lines if line and line != "data: [DONE]"]
    assert found[-1]["secondme"]["citations"][0]["quote"] == "a kettle\u2028that\x85whistles"


def test_the_least_top_p_is_not_the_greatest() -> None:
    given = {"model": "secondme", "messages": [{"role": "user", "content": "Hi"}]}
    assert asked(Fields({**given, "top_p": 0})).manner.top_p == 0
    assert asked(Fields(given)).manner.top_p == 1


def test_search_has_the_shape_of_a_vector_store(server: Server) -> None:
    with server.client("read") as client:
        page = client.vector_stores.search(
            vector_store_id="secondme", query="sardines by the river", max_num_results=1
        )
    (found,) = page.data
    assert found.content[0].text == LIFE[2][2]
    assert found.attributes == {
        "author": "Ada", "at": "2024-05-03T09:00:00Z", "source": "jsonl", "conversation": "Talk",
    }  # fmt: skip
    assert found.score > 0
    assert server.memory.show(found.file_id)["text"] == LIFE[2][2]


@pytest.mark.parametrize(
    ("filters", "texts"),
    [
        ({"type": "eq", "key": "author", "value": "Bea"}, {LIFE[1][2]}),
        ({"type": "eq", "key": "author", "value": "Nobody"}, set()),
        ({"type": "eq", "key": "source", "value": "mail"}, set()),
        (
            {"type": "and", "filters": [
                {"type": "eq", "key": "source", "value": "jsonl"},
                {"type": "lt", "key": "at", "value": "2024-05-02"}]},
            {LIFE[0][2]},
        ),
    ],
    ids=["author", "nobody", "source", "and"],
)  # fmt: skip
def test_a_search_can_be_filtered(server: Server, filters: Any, texts: set[str]) -> None:
    with server.client("read") as client:
        page = client.vector_stores.search("secondme", query="Porto", filters=filters)
        assert {found.content[0].text for found in page.data} == texts


def test_vectors_are_those_of_the_memorys_own_model(server: Server) -> None:
    expected = [StubEmbedder().embed(text) for text in ("tea", "coffee")]
    server.memory._library.embedder.count = lambda text: len(text.split())  # type: ignore[union-attr,method-assign]
    with server.client("read") as client:
        packed = client.embeddings.create(model="secondme", input=["tea", "coffee"])
        plain = client.embeddings.create(
            model="secondme", input="tea", encoding_format="float", dimensions=DIMS
        )
        with pytest.raises(openai.BadRequestError):
            client.embeddings.create(model="secondme", input="tea", dimensions=DIMS + 1)
    assert [one.embedding for one in packed.data] == [pytest.approx(v.tolist()) for v in expected]
    assert plain.data[0].embedding == pytest.approx(expected[0].tolist())
    assert packed.usage.prompt_tokens == 2


def test_without_a_chat_model_the_memory_still_answers_in_quotes(vault: Vault) -> None:
    remember(vault, *LIFE)
    with serving(vault, None) as server, server.client() as client:
        assert "Porto" in ask(client, "Where do I live?").choices[0].message.content


def test_everything_told_is_written_down_and_shown_by_the_plan_to_forget(server: Server) -> None:
    with server.client() as client:
        answer = ask(client, "Where do I live?")
    (line,) = told(server)
    ids = [citation["id"] for citation in extra(answer)["citations"]]
    assert (line["client"], line["act"], line["records"]) == ("client 0", "chat", len(ids))
    assert sorted(ids) == line["ids"]
    plan = server.memory.forgetting(Request(ids=(ids[0],)))
    assert plan["told"] == {"client 0": 1}
    server.memory.forget(Request(ids=(ids[0],)))
    (after,) = server.memory.told()
    assert (after["records"], after["ids"]) == (len(ids), line["ids"][1:] if len(ids) > 1 else [])
    assert server.memory.verify()["ok"]


def test_what_was_told_last_is_written_before_the_end(vault: Vault) -> None:
    remember(vault, *LIFE)
    with serving(vault, StubChat()) as server, server.client("read") as client:
        client.vector_stores.search("secondme", query="Porto")
    assert [line["act"] for line in server.memory.told()] == ["search"]


def test_being_asked_changes_nothing_that_is_built(server: Server) -> None:
    before, version = list(server.memory.dump()), server.memory.version()
    with server.client() as client:
        ask(
            client, "",
            messages=[{"role": "system", "content": "I love chess"},
                      {"role": "assistant", "content": "You work at Acme"},
                      {"role": "user", "content": "Where do I live?"}],
        )  # fmt: skip
    told(server)
    assert list(server.memory.dump()) == before
    assert server.memory.version() == version


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "messages[0].content",
        ),
        ({"n": 2}, "n"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": 10**400}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"secondme": {"memory": "off"}}, "secondme.memory"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_wrong_field_is_named(server: Server, wrong: dict[str, Any], param: str) -> None:
    with server.client() as client, pytest.raises(openai.BadRequestError) as refused:
        given = {"model": "secondme", "messages": [{"role": "user", "content": "Hi"}], **wrong}
        client.post("/chat/completions", body=given, cast_to=object)
    assert refused.value.param == param
    assert refused.value.type == "invalid_request_error"


def test_fields_that_mean_nothing_here_are_let_be(server: Server) -> None:
    with server.client() as client:
        answer = ask(
            client, "Where do I live?", seed=7, temperature=0.7, user="x", logprobs=True,
            tools=[], response_format={"type": "text"},
        )  # fmt: skip
    assert "Porto" in answer.choices[0].message.content


def test_another_model_is_not_found(server: Server) -> None:
    with server.client() as client, pytest.raises(openai.NotFoundError) as refused:
        ask(client, "Hi", model="gpt-4o")
    assert refused.value.code == "model_not_found"


def test_what_the_owner_put_right_is_what_is_told(composing: Server) -> None:
    chat = composing.chat
    assert chat is not None
    composing.memory.distil()
    (fact,) = [f for f in composing.memory.facts() if "live in" in f.statement]
    composing.memory.edit(fact.id, "I live in Braga")
    chat.replies = ["In Braga [1]."]
    with composing.client() as client:
        answer = ask(client, "Where do I live since last week?")
    assert "I live in Braga" in chat.shown[0][0]["content"]
    assert "I live in Porto" not in chat.shown[0][0]["content"]
    assert extra(answer)["citations"][0]["corrected"] is True
