"""Cut a message into the sentences in which its author might state something about themselves.

Pure, and exact about place: every piece is a span of the text it came from. What cannot be such a
statement by its form alone — questions, orders, suppositions, other people's words, code — is
dropped here, before any model is asked. The words are English; other languages pass only where
they look alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_MOST = 4_000
"""Characters of one message that are read: longer ones are pasted, not said."""
_FEWEST_WORDS = 3
_MOST_WORDS = 60


class Piece(NamedTuple):
    start: int
    end: int


_LINE = re.compile(r"[^\n]+")
_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s|$)|[\u3002\uff01\uff1f]")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|e\.g|i\.e|U\.S|U\.K|a\.m|p\.m|approx|"
    r"No|min)\.$"
)
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_CODE = re.compile(
    r"^(?: {4}|\t)\S|[{};]\s*$|^\s*(?:(?:def|class)\s+\w+\s*[(:]|from\s\S+\simport\b|"
    r"import\s+\w+\s*(?:[.;]|$|as\b)|(?:const|let|var)\s+\w+\s*=)"
)
_QUOTED_LINE = re.compile(r"^\s*(?:>|On .+ wrote:$)")
_URL = re.compile(r"(?:https?://|www\.)\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LEAD = re.compile(
    r"(?:(?:hey|hi|hello|oh|ah|well|yeah|yes|yep|no|nope|haha\w*|lol|btw|also|so|and|but|ok|okay|"
    r"thanks|thank you|wow|actually|anyway|anyways|aww?|hmm+|true|sure|right|cool|nice|great)\b"
    r"(?:[ ,!.:\-–—]+|$))+",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"[,;:–—-]\s*(?:and |but |so )?(?:what|how|who|when|where|why|which|do|did|does|are|is|was|"
    r"isn['’]t|aren['’]t|wasn['’]t|don['’]t|didn['’]t|doesn['’]t|have|haven['’]t|has|can|can['’]t|"
    r"could|would|wouldn['’]t|will|won['’]t|shall|should|you|right|ok|okay|eh|huh|remember|wanna|"
    r"any)\b[^?]*\?[\s\S]*$",
    re.IGNORECASE,
)
_QUOTATION = re.compile(r"[\"“«„][^\"“”«»„]*[\"”»]")

_SELF = re.compile(
    r"\b(?:I|I['’](?:m|ve|ll|d)|[Mm]e|[Mm]y|[Mm]ine|[Mm]yself|[Ww]e|[Ww]e['’](?:re|ve|ll|d)|"
    r"[Oo]ur|[Oo]urs|im|ive|i['’]?m|i['’]ve|i)\b"
)
_YOU = re.compile(r"\b(?:you|your|yours|you['’]\w+|u|ur)\b", re.IGNORECASE)
_ELLIPTIC = re.compile(
    r"(?:just |finally |recently |already |have |been |also )*"
    r"(?:moved|started|got|bought|sold|went|quit|finished|passed|graduated|broke|joined|met|adopted|"
    r"won|ran|visited|signed up|turned|landed|lost|gave up|stopped|became|opened|retired|enrolled|"
    r"working|living|studying|married|engaged|pregnant|divorced|allergic|born|applied)\b",
    re.IGNORECASE,
)
_UNANCHORED = re.compile(
    r"(?:it|this|that|these|those|they|their|he|she|his|her|here|there|such|which)(?:['’]\w+)?\b",
    re.IGNORECASE,
)
"""Such a sentence says nothing without the one before it."""
_QUESTION = re.compile(
    r"(?:what|how|who|when|where|why|which|do|did|does|are|is|was|were|can|could|would|will|shall|"
    r"should|has|any|am I|may I)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?:please |now |then |just )*(?:ignore|disregard|forget|pretend|say|write|tell|act|respond|"
    r"answer|repeat|output|print|translate|summari[sz]e|rewrite|imagine|suppose|let['’]?s|let me|"
    r"make|give|help|explain|show|create|generate|list|add|fix|use|change|check|look|"
    r"take a look|see|do not|don['’]t|never|assume|consider|note|remember to|you are now|"
    r"from now on|system|assistant)\b",
    re.IGNORECASE,
)
_INJECTED = re.compile(
    r"(?:previous|prior|above|earlier|system|all) (?:instructions?|prompts?|rules|messages)|"
    r"as an ai|language model|jailbreak|<\|",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\b(?:if|unless|whether|imagine|suppose|what if|as if|as though)\b.*\b(?:I|we|my|i)\b|"
    r"\b(?:I|we|i)(?: |['’]d |['’]ll )(?:\w+ )?(?:wish|would|might|could|may|should|maybe)\b|"
    r"\b(?:I|we|i)['’]d (?!been\b|had\b|gone\b|just\b)|\b(?:maybe|perhaps|probably|hopefully)\b|"
    r"\bdream(?:t|ed)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|never|neither|nor|\w+n['’]t|dont|didnt|havent|cannot)\b", re.IGNORECASE
)
_DENIED_HABIT = re.compile(
    r"\b(?:do not|don['’]t|dont|can['’]t|cannot|never) (?:really |ever |even )?"
    r"(?:eat|drink|smoke|drive|speak|like|enjoy|have|own|watch|wear|swim|trust|stand|believe)\b|"
    r"\bnot (?:only|just)\b|\bno longer\b|\bany ?more\b",
    re.IGNORECASE,
)
_JOKE = re.compile(
    r"\b(?:jk|kidding|joking|as a joke|just a joke|april fools?|psych)\b|(?:^|\s)/s(?:\s|$)",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?!I\b|[Ww]e\b)\w+ (?:said|says|told|asked|asks|wrote|claims|claimed|thinks|thought|"
    r"was like)\b",
)
_COURTESY = re.compile(
    r"\b(?:I|i|we|We)(?:['’]m|['’]re| am| are|['’]ll|['’]ve)? ?"
    r"(?:just |really |so |also |totally |truly |always |do |definitely |completely )*"
    r"(?:hope|hoping|see(?! (?:a|an|my|the)\b)|guess|know|agree|understand|appreciate|bet|sure|"
    r"sorry|glad|proud of you|happy (?:for|to)|thankful for you|grateful for you|here for|"
    r"let you|wondering|was wondering|mean|promise|wish|hear you|feel you|can['’]t wait|get it|"
    r"love that|love your|love you|love it|miss you|thank|look forward|looking forward|swear|"
    r"call you|send you|excited (?:for you|to hear|to see))\b",
)
_REFUSED = (
    _UNANCHORED.match,
    _QUESTION.match,
    _ORDER.match,
    _INJECTED.search,
    _SUPPOSED.search,
    _REPORTED.search,
    _COURTESY.search,
)


def pieces(text: str) -> Iterator[Piece]:
    """The spans of `text` that have the form of a statement by and about its author, in order."""
    text = text[:_MOST]
    if _JOKE.search(text):
        return
    for sentence in sentences(text):
        piece = _trimmed(text, sentence)
        if piece and _could_be_own(text[piece.start : piece.end]):
            yield piece


def sentences(text: str) -> Iterator[Piece]:
    """Every sentence outside code and quoted lines. A line break always ends one."""
    fenced = False
    for line in _LINE.finditer(text):
        if _FENCE.match(line.group()):
            fenced = not fenced
            continue
        if fenced or _CODE.search(line.group()) or _QUOTED_LINE.match(line.group()):
            continue
        start = line.start()
        for end in _END.finditer(text, line.start(), line.end()):
            if not _ABBREVIATED.search(text[start : end.end()]):
                yield Piece(start, end.end())
                start = end.end()
        if text[start : line.end()].strip():
            yield Piece(start, line.end())


def _trimmed(text: str, piece: Piece) -> Piece | None:
    """Without the greeting before a statement and the question hung on behind it."""
    start, end = piece
    start += len(text[start:end]) - len(text[start:end].lstrip(" \t*-•–—\"'“"))
    lead = _LEAD.match(text, start, end)
    if lead:
        start = lead.end()
    tag = _TAG.search(text, start, end)
    if tag:
        end = tag.start()
    end = start + len(text[start:end].rstrip())
    return Piece(start, end) if end > start else None


def _could_be_own(said: str) -> bool:
    words = _WORD.findall(_URL.sub(" ", said))
    if not _FEWEST_WORDS <= len(words) <= _MOST_WORDS or said.rstrip("\"'”)").endswith("?"):
        return False
    own = _QUOTATION.sub(" ", said).strip()
    if any(refuse(own) for refuse in _REFUSED):
        return False
    if _DENIED.search(own) and not _DENIED_HABIT.search(own):
        return False
    return _about_self(own)


def _about_self(said: str) -> bool:
    """True when the writer comes first: "I told you", not "you told me"."""
    me, you = _SELF.search(said), _YOU.search(said)
    if me is None:
        return you is None and _ELLIPTIC.match(said) is not None
    return you is None or me.start() < you.start()
