"""Words that phones write into WhatsApp exports, in the languages of their owners.

Data only. Structure is asked first; a word missing here costs a label, never a message.
"""

from __future__ import annotations

import re

# Letter case, dots, quotes, spaces and marks are ignored: "a. m." is found as "am".
_MORNING = """
am vm pd fm ap dop vorm de pg öö sa to rn prijepodne prepodne priešpiet priekšpusdienā asubuhi
πμ проб преподне претпладне дп тңк үө לפנהצ ص قظ قد ጥዋት पूर्वाह्न मपू ਪੂਦੁ முற்பகல் ಪೂರ್ವಾಹ್ನ ก่อนเที่ยง
午前 上午 凌晨 清晨 早上 午夜 半夜 오전 오전에 새벽 아침
eparadites paradite paradites yb rn fh gh to priekšp претпл կա قبلازظهر قبلدوپہر غم چب
ກ່ອນທ່ຽງ ព្រឹក နံနက် පෙව পূর্বাহ্ণ পূর্বাহ্ন পূৰ্বাহ্ন పూర్వాహ్నం ንጉሆሰዓተ
सुबह सकाळी সকাল ఉదయం രാവിലെ காலை સવારે ಬೆಳಗ್ಗೆ matin morgens vormittags утра ранку günöň goöň moies
"""
_EVENING = """
pm nm md em ip odp pop nachm du ptg ös ch tk in popodne popiet pēcpusdienā mchana
μμ слоб поподне попладне пп тшк үх אחהצ م بظ بد ከሰዓት अपराह्न मउ ਬਾਦੁ பிற்பகல் ಅಪರಾಹ್ನ หลังเที่ยง
午後 下午 傍晚 晚上 오후 오후에 저녁
epasdites pasdite pasdites yh eh gd pēcp попл կհ بعدازظهر بعددوپہر غو چك
ຫຼັງທ່ຽງ ល្ងាច ညနေ පව অপরাহ্ণ অপরাহ্ন অপৰাহ্ন అపరాహ్నం ድሕርሰዓት
दोपहर शाम दुपारी संध्याकाळी দুপুর বিকাল বিকেল সন্ধ্যা మధ్యాహ్నం సాయంత్రం ഉച്ചയ്ക്ക് വൈകുന്നേരം
மதியம் மாலை બપોરે સાંજે ಮಧ್ಯಾಹ್ನ ಸಂಜೆ soir pomeriggio nachmittags abends дня вечора вечера
günsoň gosoň nomëttes gm alasiri jioni
"""
HALF_OF_DAY: dict[str, str] = {
    **dict.fromkeys(_MORNING.split(), "am"),
    **dict.fromkeys(_EVENING.split(), "pm"),
    "中午": "noon",
}

AT = frozenset(
    """klo kl kello à a à um at às as alle alleore ore o ob u v в у om uhr h hs hrs horas heures ora
    saat jam pukul lúc vào сағ час г та на 時 点 點 시 น เวลา เมื่อ ساعة الساعة ساعت השעה
    בשעה""".split()
)
"""Words beside an hour that leave open which half of the day it is in."""

MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
"""Invisible marks, as the inside of a character class."""

ERAS = {"R": 2018, "令和": 2018, "H": 1988, "平成": 1988, "S": 1925, "昭和": 1925}
"""The year before each Japanese era's first."""

_CHAT_WITH = (
    r"WhatsApp[ -]Chat (?:with|mit|-|–|met|med|kay)",
    r"WhatsApp[ -]chatt? (?:with|met|med|-)",
    r"Chat (?:de |di )?WhatsApp (?:con|dengan|cu|s uživatelem|-)",
    r"(?:Chat|Conversa) do WhatsApp com",
    r"Conversa (?:de )?WhatsApp (?:com|amb)",
    r"Xat de WhatsApp amb",
    r"Discussion WhatsApp avec(?: le groupe)?",
    r"Conversație WhatsApp cu",
    r"Чат WhatsApp (?:с контактом|с группой|с|з контактом|із|з)",
    r"(?:Czat|Rozmowa) WhatsApp z(?: użytkownikiem)?",
    r"(?:Obrolan|Sembang) WhatsApp dengan",
    r"(?:Cuộc trò chuyện|Đoạn chat|Trò chuyện) (?:trên )?WhatsApp với",
    r"Συνομιλία WhatsApp με(?: τον χρήστη)?",
    r"แชท WhatsApp กับ",
    r"(?:محادثة|دردشة) (?:واتساب|WhatsApp) مع",
    r"צ'אט WhatsApp עם",
    r"WhatsApp Sohbeti -",
    r"WhatsApp[ -]beszélgetés -",
    r"WhatsAppチャット -",
)
_WITH_CHAT = (
    r"WhatsApp-keskustelu käyttäjän (?P<fi>.+) kanssa",
    r"(?P<tr>.+) ile WhatsApp Sohbeti",
    r"(?P<hi>.+) के साथ WhatsApp चैट",
    r"[与與](?P<zh>.+)的 ?WhatsApp ?(?:对话|對話|聊天记录|聊天記錄|聊天)",
    r"(?P<ja>.+)とのWhatsAppチャット",
    r"(?P<ko>.+)님과의 WhatsApp (?:채팅|대화)",
)
CHAT_NAME = re.compile(
    rf"(?:(?:{'|'.join(_CHAT_WITH)}) ?(?P<name>.+)|{'|'.join(_WITH_CHAT)})", re.IGNORECASE
)
"""A file's or zip's name around the name of the chat, `_` and NBSP already turned into spaces."""

# As the second half of `IMG-….jpg (file attached)` on Android.
ATTACHED = frozenset(
    """file attached|datei angehängt|archivo adjunto|fichier joint|file allegato|arquivo anexado|
    ficheiro anexado|bestand bijgevoegd|файл добавлен|файл додано|файл прикріплений|
    soubor byl přiložen|súbor bol priložený|plik dołączono|załączono plik|dosya ekli|
    fil bifogad|fil vedlagt|vedhæftet fil|tiedosto liitetty|fișier atașat|fájl csatolva|
    file terlampir|fail dilampirkan|đã đính kèm tệp|tệp đính kèm|fitxer adjunt|
    επισυνάφθηκε αρχείο|ไฟล์ที่แนบ|ไฟล์แนบ|फ़ाइल संलग्न है|फ़ाइल अटैच की गई|ملف مرفق|
    الملف مرفق|קובץ מצורף|פריט מצורף|ファイルが添付されています|添付ファイル|파일 첨부됨|
    文件附件|附件|附加檔案""".replace("\n    ", "").split("|")
)

# What is left of a message that its writer took back: still that person's message.
_DELETED = """
this message was deleted|you deleted this message|this message was deleted by admin|
diese nachricht wurde gelöscht|du hast diese nachricht gelöscht|se eliminó este mensaje|
eliminaste este mensaje|este mensaje fue eliminado|mensaje eliminado|ce message a été supprimé|
ce message a été effacé|vous avez supprimé ce message|vous avez effacé ce message|
questo messaggio è stato eliminato|hai eliminato questo messaggio|
questo messaggio è stato cancellato|esta mensagem foi apagada|apagou esta mensagem|
mensagem apagada|você apagou esta mensagem|esta mensagem foi eliminada|eliminou esta mensagem|
dit bericht is verwijderd|u hebt dit bericht verwijderd|je hebt dit bericht verwijderd|
данное сообщение удалено|вы удалили данное сообщение|вы удалили это сообщение|
это сообщение удалено|сообщение удалено|це повідомлення було видалено|
це повідомлення видалено|ви видалили це повідомлення|повідомлення видалено|
tato zpráva byla odstraněna|tuto zprávu jste odstranil/a|tuto zprávu jste smazal/a|
tato zpráva byla smazána|odstranili jste tuto zprávu|smazali jste tuto zprávu|tę wiadomość usunięto|
ta wiadomość została usunięta|usunąłeś tę wiadomość|usunięto tę wiadomość|
bu mesaj silindi|bu mesajı sildiniz|pesan ini dihapus|pesan ini telah dihapus|
anda menghapus pesan ini|anda telah menghapus pesan ini|tin nhắn này đã bị xóa|
tin nhắn này đã bị xoá|bạn đã xoá tin nhắn này|bạn đã xóa tin nhắn này|
このメッセージは削除されました|このメッセージを削除しました|此消息已删除|您已删除此消息|
此訊息已刪除|您已刪除此訊息|메시지가 삭제되었습니다|삭제된 메시지입니다|
यह मैसेज डिलीट कर दिया गया है|आपने यह मैसेज डिलीट किया|यह मैसेज हटा दिया गया है|
यह संदेश हटाया गया|ข้อความนี้ถูกลบแล้ว|ข้อความนี้ถูกลบ|คุณลบข้อความนี้แล้ว|คุณลบข้อความนี้|คุณได้ลบข้อความนี้|
تم حذف هذه الرسالة|لقد حذَفت هذه الرسالة|أنت حذفت هذه الرسالة|
הודעה זו נמחקה|מחקת הודעה זו|detta meddelande raderades|du raderade detta meddelande|
denne besked blev slettet|du slettede denne besked|denne meldingen ble slettet|
du slettet denne meldingen|tämä viesti poistettiin|poistit tämän viestin|
acest mesaj a fost șters|ai șters acest mesaj|ezt az üzenetet törölték|törölted ezt az üzenetet
"""
DELETED = frozenset(line.strip() for line in _DELETED.replace("\n", "").split("|"))

OMITTED = re.compile(
    r"omitted|weggelassen|ausgelassen|omess[ao]|omitid[ao]|absente?$|omis$|não revelad[ao]"
    r"|weggelaten|отсутствует|відсутн|vynechán|pominięto|dahil edilmedi|tidak disertakan|đã bỏ"
    r"|bỏ qua|含まれていません|省略|忽略|생략|छोड़ा गया|हटाई ग|^ไม่มี|ละเว้น|لم يتم إدراج|הושמט"
    r"|utelämna|udelad|utelat|jätetty pois|kihagyva|παραλείφθηκε",
    re.IGNORECASE,
)
"""Media that was left out, where the line does not show it by a direction mark before its time."""

_CALLS = """
voice call|video call|group voice call|group video call|missed call|missed voice call|
missed video call|missed group call|missed group voice call|missed group video call|silenced call|
silenced voice call|silenced video call|sprachanruf|videoanruf|verpasster anruf|
verpasster sprachanruf|verpasster videoanruf|verpasster gruppenanruf|stummgeschalteter sprachanruf|
appel vocal|appel vidéo|appel manqué|appel vocal manqué|appel vidéo manqué|
appel de groupe manqué|llamada de voz|videollamada|llamada perdida|llamada de voz perdida|
videollamada perdida|llamada grupal perdida|chamada de voz|chamada de vídeo|ligação de voz|
ligação de vídeo|chamada perdida|ligação perdida|chamada de voz perdida|chamada de vídeo perdida|
ligação de voz perdida|ligação de vídeo perdida|chiamata vocale|videochiamata|chiamata persa|
chiamata vocale persa|videochiamata persa|spraakoproep|video-oproep|videogesprek|
gemiste oproep|gemiste spraakoproep|gemiste video-oproep|gemist videogesprek|аудиозвонок|
видеозвонок|пропущенный звонок|пропущенный аудиозвонок|пропущенный видеозвонок|
пропущенный групповой звонок|аудіодзвінок|відеодзвінок|голосовий дзвінок|пропущений дзвінок|
пропущений аудіодзвінок|пропущений голосовий дзвінок|пропущений відеодзвінок|пропущений виклик|
hlasový hovor|videohovor|zmeškaný hovor|zmeškaný hlasový hovor|zmeškaný videohovor|
połączenie głosowe|połączenie wideo|nieodebrane połączenie|nieodebrane połączenie głosowe|
nieodebrane połączenie wideo|sesli arama|görüntülü arama|cevapsız arama|cevapsız sesli arama|
cevapsız görüntülü arama|panggilan suara|panggilan video|panggilan tak terjawab|
panggilan suara tak terjawab|panggilan video tak terjawab|cuộc gọi thoại|cuộc gọi video|
cuộc gọi nhỡ|cuộc gọi thoại nhỡ|cuộc gọi video nhỡ|röstsamtal|videosamtal|missat röstsamtal|
missat videosamtal|taleanrop|videoanrop|tapt taleanrop|tapt videoanrop|taleopkald|videoopkald|
mistet taleopkald|mistet videoopkald|äänipuhelu|videopuhelu|vastaamaton äänipuhelu|
vastaamaton videopuhelu|apel vocal|apel video|apel pierdut|apel vocal pierdut|apel video pierdut|
hanghívás|videóhívás|nem fogadott hanghívás|nem fogadott videóhívás|αναπάντητη κλήση|
αναπάντητη φωνητική κλήση|αναπάντητη βιντεοκλήση|音声通話|ビデオ通話|不在着信|音声通話不在着信|
ビデオ通話不在着信|语音通话|视频通话|未接来电|未接语音通话|未接视频通话|未接语音来电|未接视频来电|語音通話|視訊通話|
未接來電|未接語音通話|未接視訊通話|未接語音來電|未接視訊來電|음성 통화|영상 통화|부재중 전화|
부재중 음성 통화|
부재중 영상 통화|मिस्ड वॉइस कॉल|मिस्ड वीडियो कॉल|مكالمة صوتية|مكالمة فيديو|مكالمة صوتية فائتة|
مكالمة فيديو فائتة|שיחת קול|שיחת וידאו|שיחת קול שלא נענתה|שיחת וידאו שלא נענתה|สายที่ไม่ได้รับ
"""
CALLS = frozenset(line.strip() for line in _CALLS.replace("\n", "").split("|"))
"""What the line that a call leaves behind begins with; its length or a hint follows."""

NOTICE_VERB = re.compile(
    r"\b(?:changed|created|added|removed|left|joined|updated|pinned|turned|started|hat|haben|hast"
    r"|cambió|creó|añadió|eliminó|salió|ha|a|alterou|mudou|criou|adicionou|removeu|saiu|heeft"
    r"|изменил[аи]?|создал[аи]?|добавил[аи]?|удалил[аи]?|změnil|vytvořil|přidal|değiştirdi"
    r"|zmienił[aeo]?|mengubah|membuat|đã)\b",
    re.IGNORECASE,
)
"""In what stands before a colon: a sentence about somebody, not somebody's name."""

YOU = ("You ", "Du ", "Sie ", "Vous ", "Tú ", "Você ", "Hai ", "Вы ", "Ви ", "Je ", "U ", "Anda ")
