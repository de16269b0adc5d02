"""Cut a message into the sentences in which its author might state something about themselves.

Pure, and exact about place: every piece is a span of the text it came from. What cannot be such a
statement by its form alone — questions, orders, suppositions, other people's words, code — is
dropped here, before any model is asked. The words are English; other languages pass only where
they look alike. Only the marks behind which a mail repeats what others wrote are known in many
languages. A text ends there, even if its author goes on below: whose words follow, no form tells.
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
_FORWARD = (
    "forwarded (?:message|e?-?mail)|original (?:message|e?-?mail|appointment)|"
    "(?:weitergeleitete|ursprüngliche) (?:nachricht|e-?mail|mail)|original-?(?:nachricht|mail)|"
    "message (?:transféré|réexpédié|suivi|original|d['’]origine)|"
    "mensaje (?:reenviado|original)|mensagem (?:re)?encaminhada|mensagem original|"
    "messaggio (?:inoltrato|originale)|(?:doorgestuurd|oorspronkelijk) bericht|"
    "vidarebefordrat (?:meddelande|mejl|brev)|ursprungligt meddelande|"
    "videresendt (?:meddelelse|melding|e-?mail)|(?:oprindelig|opprinnelig) (?:meddelelse|melding)|"
    "(?:edelleen)?(?:lähetetty|välitetty) viesti|alkuperäinen viesti|"
    "(?:przekazana|oryginalna) wiadomość|wiadomość (?:przekazana|oryginalna)(?: dalej)?|"
    "(?:přeposlaná|původní) zpráva|(?:пересылаемое|пересланное|исходное) сообщение|"
    "(?:переслане|оригінальне) повідомлення|(?:iletilen|orijinal) (?:mesaj|ileti|e-posta)|"
    "转发的?邮件|转发的消息|原始邮件|原邮件|轉寄郵件|轉寄的郵件|原始郵件|転送(?:された)?メッセージ|元のメッセージ|"
    "전달된 메시지|원본 메시지"
)
_FORWARDED = re.compile(
    rf"\W*(?:{_FORWARD})\W*$|\s*[-–—_*=]{{2,}}\s*(?:{_FORWARD}|forwarded by|weitergeleitet von)\b|"
    r"\W*(?:begin (?:of )?forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|"
    r"début du message (?:transféré|réexpédié)|inicio del mensaje reenviado|"
    r"inizio (?:del )?messaggio inoltrato|início da mensagem (?:re)?encaminhada|"
    r"begin doorgestuurd bericht|vidarebefordrat brev)\s*:",
    re.IGNORECASE,
)
_WROTE_LAST = re.compile(
    r"(?:\b(?:wrote|writes|schrieb|schreibt|a écrit|escribi[óo]|ha scritto|escreveu|schreef|skrev|"
    r"kirjoitti|napisał(?:a|\(a\))?|pisze|napsala?(?:\(a\))?|написала?|пишет|написав|написала|пише|"
    r"yazdı)|写道|寫道|作成|작성)\s?[:\uff1a]$",
    re.IGNORECASE,
)
_WROTE_FIRST = re.compile(r"\b(?:schrieb|schreibt|schreef|skrev)\b", re.IGNORECASE)
"""In these languages the name comes behind the verb."""
_ADDRESS_LAST = re.compile(r"[<(\[][^\s<>@]+@[^\s<>@]+[>)\]]\s?[:\uff1a]$")
_ATTRIBUTION_STARTS = re.compile(
    r"(?:On|Am|Le|El|Il|Em|A|Op|Den|Dne|W dniu)\s|\w{2,4}[.,]{0,2}\s\d{1,2}[.\s]|"
    r".*<[^\s<>@]+@[^\s<>@]+>"
)
_DATED = re.compile(r"\d{4}|\d[:.h]\d\d|\d[./-]\d")
_BY_SELF = re.compile(
    r"\b(?:I|we|ich|wir) (?:\w+ )?(?:wrote|writes?|schrieb)|\bschrieb(?:en)? (?:ich|wir)\b"
)
_LONGEST_ATTRIBUTION = 300
_BREAK = re.compile(r"[.!?]\s*\n|\n\s*\n")
_HEADER = re.compile(
    r"[\s*_]*(?:"
    r"(?P<sender>from|von|de|da|van|från|fra|lähettäjä|od|от|від|kimden|gönderen|"
    r"发件人|寄件者|差出人|보낸 사람)|"
    r"(?P<date>sent|date|gesendet|datum|envoyé|enviad[oa](?: el)?|fecha|data|inviato|verzonden|"
    r"skickat|sendt|dato|lähetetty|päivämäärä|päiväys|wysłano|odesláno|отправлено|дата|надіслано|"
    r"tarih|gönderildi|发送时间|日期|送信日時|日付|보낸 날짜|날짜)|"
    r"(?P<to>to|cc|bcc|an|kopie|à|para|per|a|aan|till?|vastaanottaja|kopio|do|dw|komu|pro|кому|"
    r"копия|kime|bilgi|收件人|收件者|抄送|副本|宛先|받는 사람|참조)|"
    r"(?P<subject>subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|aihe|temat|"
    r"předmět|тема|konu|主题|主旨|件名|제목)"
    r")[\s*_]*[:\uff1a]",
    re.IGNORECASE,
)
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
    text = _own_words(text[:_MOST])
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


def _own_words(text: str) -> str:
    """The text down to where it begins to repeat a mail: forwarded, or the one that it answers.

    What is marked with `>` line by line needs no such end and does not make one.
    """
    lines = [line for line in _LINE.finditer(text) if line.group().strip()]
    for number, line in enumerate(lines):
        if line.group().lstrip().startswith(">"):
            continue
        ahead = lines[number : number + 8]
        if _FORWARDED.match(line.group()) or _attributes(text, ahead) or _heads(ahead):
            return text[: line.start()]
    return text


def _attributes(text: str, ahead: list[re.Match[str]]) -> bool:
    """`On Monday, Ada wrote:`, which mail programs break into as many as three lines."""
    for number, line in enumerate(ahead[:3]):
        said = text[ahead[0].start() : line.end()]
        if len(said) > _LONGEST_ATTRIBUTION or _BREAK.search(said):
            return False
        said = " ".join(said.split())
        if not said.endswith((":", "\uff1a")) or _BY_SELF.search(said):
            continue
        if number and not (_ATTRIBUTION_STARTS.match(said) and _DATED.search(said)):
            continue
        if _WROTE_LAST.search(said):
            return True
        if _DATED.search(said) and (_WROTE_FIRST.search(said) or _ADDRESS_LAST.search(said)):
            return True
    return False


def _heads(ahead: list[re.Match[str]]) -> bool:
    """Headers in a row as Outlook puts them above what it repeats: a sender and two others, or an
    address and one other.
    """
    kinds: set[str] = set()
    addressed = False
    for line in ahead:
        header = _HEADER.match(line.group())
        if header is not None and header.lastgroup:
            kinds.add(header.lastgroup)
        elif not kinds or "@" not in line.group():
            break
        addressed = addressed or "@" in line.group()
    if "sender" not in kinds:
        return False
    return len(kinds) >= 2 if addressed else len(kinds) >= 3 and "subject" in kinds


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
