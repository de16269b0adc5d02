"""Take in a model of the owner's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from tui.chooser import ExportTree, typed_path
from tui.footer import Footer


class ModelTree(ExportTree):
    """Folders, and the files that are models by their names."""

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        shown = (p for p in paths if p.suffix.lower() == ".gguf" or self._safe_is_dir(p))
        return super().filter_paths(shown)


class AddModelDialog(ModalScreen[Path | None]):
    """Gives the path of a GGUF file, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "add", "Add"),
        Binding("escape", "leave", "Leave"),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Which GGUF file? It stays where it is; its hash is recorded.")
            yield Input(placeholder="Path of the file", id="model-path")
            yield ModelTree(Path.home(), id="model-tree")
            yield Footer()

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(ModelTree.FileSelected)
    def chosen(self, event: ModelTree.FileSelected) -> None:
        self.dismiss(event.path)

    @on(Input.Submitted)
    def action_add(self) -> None:
        if text := self.query_one(Input).value.strip():
            self.dismiss(typed_path(text))

    def action_leave(self) -> None:
        self.dismiss(None)
