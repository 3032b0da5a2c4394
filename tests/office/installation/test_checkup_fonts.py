"""The doctor looks at the fonts: a machine without any can't print."""

from graduand.office.installation import checkup


def fonts_of():
    return [(line.wrong, bool(line.advice)) for line in checkup.check() if line.part == "字体"]


def test_with_and_without(db, monkeypatch, settings, tmp_path):
    settings.GRADUAND_HOME = tmp_path
    assert fonts_of() == [(False, True)]
    monkeypatch.setattr("graduand.papers.printed.fonts.PACKAGES", ())
    monkeypatch.setattr("graduand.papers.printed.fonts.FOLDERS", ())
    assert fonts_of() == [(True, True)]
