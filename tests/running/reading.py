"""A served page as a person finds it: its words, links, rows and forms; forms are filled by the labels that stand on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

Answer = str | bool | Path | list[str]
VOID = frozenset({"input", "br", "img", "meta", "link", "hr", "col", "wbr", "source"})
UNREAD = frozenset({"script", "style", "svg", "title"})
APART = frozenset("td th tr li p div dt dd h1 h2 h3 section small label summary time".split())


@dataclass
class Field:
    """An input, a select or a text area, with the label beside it."""

    name: str
    kind: str
    value: str
    label: str = ""
    checked: bool = False
    options: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ticked(self) -> bool:
        return self.kind in ("checkbox", "radio")

    def means(self, key: str) -> bool:
        """Whether `key` is its name or the beginning of its label."""
        return self.name == key or (bool(self.label) and self.label.startswith(key))


@dataclass
class Button:
    """What sends a form; `why` it can't be pressed, "" when it can."""

    words: str
    name: str
    value: str
    why: str


@dataclass
class Form:
    """Where it goes, what it asks for, what sends it."""

    action: str
    method: str
    multipart: bool
    key: str = ""
    fields: list[Field] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    def button(self, words: str) -> Button | None:
        """The button whose words begin so."""
        return next((one for one in self.buttons if one.words.startswith(words)), None)

    def has(self, name: str) -> bool:
        """Whether it has a field of that name."""
        return any(one.name == name for one in self.fields)

    def filled(self, button: Button, answers: dict[str, Answer]) -> list[tuple[str, str | Path]]:
        """What a browser would send: what stands in the fields, overlaid by `answers` (label or name -> answer)."""
        for key in answers:
            if not any(one.means(key) for one in self.fields):
                labels = [one.label or one.name for one in self.fields if one.kind != "hidden"]
                raise AssertionError(f"「{button.words}」: no field {key!r} among {labels}")
        sent: list[tuple[str, str | Path]] = []
        for one in self.fields:
            key = next((key for key in answers if one.means(key)), None)
            value = _value(one, None if key is None else answers[key])
            if value is not None and one.name:
                sent.append((one.name, value))
        return [*sent, (button.name, button.value)] if button.name else sent


def _value(one: Field, answer: Answer | None) -> str | Path | None:
    """What `one` sends; None when it sends nothing."""
    if one.ticked:
        return one.value if _ticked(one, answer) else None
    if isinstance(answer, Path):
        return answer
    if one.kind == "file":
        return None
    if one.options and answer is not None:
        return _chosen(one, str(answer))
    return one.value if answer is None else str(answer)


def _ticked(one: Field, answer: Answer | None) -> bool:
    if answer is None:
        return one.checked
    if isinstance(answer, list):
        return one.value in answer
    if one.kind == "radio":
        return str(answer) == one.value or one.label.endswith(str(answer))
    return answer is True


def _chosen(one: Field, answer: str) -> str:
    """The value of the option that is called `answer`, or is it."""
    for value, words in one.options:
        if answer in (value, words):
            return value
    raise AssertionError(
        f"「{one.label or one.name}」 offers {[words for _, words in one.options]}, not {answer!r}"
    )


@dataclass
class Row:
    """One line of a table: its words, the value of its tick box, its links by their words."""

    words: str = ""
    tick: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)

    def link(self, words: str) -> str:
        """The address behind these words. Raises LookupError."""
        return link_among(self.links, words)


@dataclass
class Page:
    """An answer of the server, read."""

    url: str
    status: int
    body: bytes
    kind: str
    words: str = ""
    main: str = ""
    heading: str = ""
    again: bool = False  # it asks to be opened again: something is at work
    links: list[tuple[str, str]] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def form(self, button: str, *, action: str = "", holding: str = "") -> Form:
        """The form with a button that can be pressed and begins so; it goes to `action`, and has a field named `holding`."""
        found = [
            form
            for form in self.forms
            if form.button(button) and action in form.action and (not holding or form.has(holding))
        ]
        for form in found:
            pressed = form.button(button)
            if pressed is not None and not pressed.why:
                return form
        there = [form.button(button) for form in found] or [
            one.words for form in self.forms for one in form.buttons
        ]
        raise AssertionError(
            f"{self.url}: no button 「{button}」 to press: {there}\n{self.main[:600]}"
        )

    def offers(self, button: str) -> bool:
        """Whether such a button can be pressed."""
        return any(
            one.words.startswith(button) and not one.why
            for form in self.forms
            for one in form.buttons
        )

    def link(self, words: str) -> str:
        """The address behind these words. Raises LookupError."""
        return link_among(self.links, words)

    def row(self, words: str) -> Row:
        """The line that holds these words. Raises LookupError."""
        for row in self.rows:
            if words in row.words:
                return row
        raise LookupError(
            f"{self.url}: no line with 「{words}」 among {[row.words[:60] for row in self.rows]}"
        )


def link_among(links: list[tuple[str, str]], words: str) -> str:
    for said, url in links:
        if said.startswith(words):
            return url
    raise LookupError(f"no link 「{words}」 among {[said for said, _ in links]}")


def _input(said: dict[str, str]) -> Field:
    kind = said.get("type", "text")
    usual = "on" if kind in ("checkbox", "radio") else ""
    return Field(said.get("name", ""), kind, said.get("value", usual), checked="checked" in said)


class _Reader(HTMLParser):
    """Fills a page from its HTML."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.open: list[str] = []
        self.words: list[
            list[str]
        ] = []  # what has been said inside each open element, the innermost last
        self.form: Form | None = None
        self.labels: dict[str, str] = {}
        self.waiting: list[tuple[str, Field]] = []  # (id, field without a label yet)
        self.inside: list[Field] = []  # fields of the label that is open
        self.select: Field | None = None
        self.attributes: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in APART:
            self._say(" ")
        if tag == "form":
            self.form = Form(
                said.get("action", ""),
                said.get("method", "get").lower(),
                "multipart" in said.get("enctype", ""),
                said.get("id", ""),
            )
            self.page.forms.append(self.form)
        elif tag == "tr":
            self.page.rows.append(Row())
        elif tag == "meta":
            self.page.again |= said.get("http-equiv") == "refresh"
        elif tag == "input":
            self._field(_input(said), said)
        elif tag == "select":
            self.select = Field(said.get("name", ""), "select", "")
            self._field(self.select, said)
        elif tag == "textarea":
            self._field(Field(said.get("name", ""), "textarea", ""), said)
        if tag not in VOID:
            self.open.append(tag)
            self.words.append([])
            self.attributes.append(said)

    def _field(self, one: Field, said: dict[str, str]) -> None:
        if "disabled" in said:
            return
        form = next((f for f in self.page.forms if f.key and f.key == said.get("form")), self.form)
        if form is not None:
            form.fields.append(one)
        if "aria-label" in said:
            one.label = said["aria-label"]
        elif "label" in self.open:
            self.inside.append(one)
        elif "id" in said:
            self.waiting.append((said["id"], one))
        if one.name == "chosen" and "tr" in self.open:
            self.page.rows[-1].tick = one.value

    def handle_data(self, data: str) -> None:
        if not any(tag in UNREAD for tag in self.open):
            self._say(data)

    def _say(self, data: str) -> None:
        for inside in self.words:
            inside.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open:
            return
        while self.open:
            ended = self.open.pop()
            if ended in APART:
                self._say(" ")
            text = "".join(self.words.pop())
            if ended == "textarea" and self.form is not None:
                self.form.fields[-1].value = text.removeprefix("\n")
            self._ended(ended, " ".join(text.split()), self.attributes.pop())
            if ended == tag:
                return

    def _ended(self, tag: str, words: str, said: dict[str, str]) -> None:
        if tag == "form":
            self.form = None
        elif tag == "label":
            self.labels[said.get("for", "")] = words
            for one in self.inside:
                one.label = words
            self.inside = []
        elif tag == "option" and self.select is not None:
            self._option(words, said)
        elif tag == "select":
            self.select = None
        elif tag == "button":
            self._button(words, said)
        elif tag == "a" and "href" in said:
            self.page.links.append((words, said["href"]))
            if "tr" in self.open:
                self.page.rows[-1].links.append((words, said["href"]))
        elif tag == "tr":
            self.page.rows[-1].words = words
        elif tag == "h1" and not self.page.heading:
            self.page.heading = words
        elif tag in ("main", "body", "html"):
            self.page.main = self.page.main or words
            self.page.words = words

    def _option(self, words: str, said: dict[str, str]) -> None:
        assert self.select is not None
        value = said.get("value", words)
        if "selected" in said or not self.select.options:
            self.select.value = value
        self.select.options.append((value, words))

    def _button(self, words: str, said: dict[str, str]) -> None:
        form = next((f for f in self.page.forms if f.key and f.key == said.get("form")), self.form)
        if form is None or (said.get("type") == "button" and "aria-disabled" not in said):
            return  # scripts press these
        shut = said.get("aria-disabled") == "true" or "disabled" in said
        why = (said.get("title") or said.get("data-why") or "disabled") if shut else ""
        form.buttons.append(Button(words, said.get("name", ""), said.get("value", ""), why))


def read(url: str, status: int, body: bytes, kind: str) -> Page:
    """The page of an answer; what is no HTML has no words."""
    page = Page(url, status, body, kind)
    if kind.startswith("text/html"):
        reader = _Reader(page)
        reader.feed(body.decode())
        reader.close()
        for key, one in reader.waiting:
            one.label = reader.labels.get(key, "")
    return page
