"""What the owner is called where an export names nobody: in notes, and in talks with an assistant.

The author is part of what tells one record from another, so the name depends on no option: a note
read once with `--me Ada` and once without is one note, and stays forgotten once it was.
"""

OWNER = "me"
