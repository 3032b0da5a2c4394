"""The file's own rules: bytes, a real and whole JPEG, pixels, colour, orientation, quality (notice
annex 3).
"""

from __future__ import annotations

from collections.abc import Iterator

from graduand.rulebook.facts import Photo
from graduand.rulebook.photos.findings import PhotoCode, PhotoFinding, PhotoVerdict
from graduand.rulebook.photos.measures import FileFacts
from graduand.rulebook.photos.spec import PhotoMeasure, PhotoSpec, is_jpg

FAIL = PhotoVerdict.FAIL
WARN = PhotoVerdict.WARN
SIDEWAYS = 5  # EXIF orientations from here on swap width and height


def file_findings(measure: PhotoMeasure, spec: PhotoSpec) -> list[PhotoFinding]:
    """Everything that the bytes themselves have against them."""
    if not measure.byte_length:
        return [
            PhotoFinding(
                PhotoCode.FILE_EMPTY, FAIL, "0", "≥1", "文件是空的（0 字节），请重新提供照片"
            )
        ]
    found = [*_bytes(measure.byte_length, spec)]
    facts = measure.file
    if not measure.is_jpeg or facts is None:
        text = "文件不是 jpg 图片，请另存为 jpg（不能只改扩展名）"
        grave = [finding for finding in found if finding.verdict is FAIL]
        return [PhotoFinding(PhotoCode.NOT_JPEG, FAIL, "不是 JPEG", "JPEG", text), *grave]
    if facts.has_frame:
        found += [*_pixels(measure, facts, spec), *_colours(measure, facts), *_orientation(facts)]
        found += _quality(facts, spec)
    return [*found, *_whole(facts), *_marks(facts, spec)]


def misnamed_code(name: str) -> PhotoCode:
    """What a file is refused for whose name is no 学号: a JPEG for its name, any other for its kind."""
    if is_jpg(name):
        return PhotoCode.ENTRY_NAME_NOT_STUDENT_NO
    return PhotoCode.ENTRY_NOT_JPEG


def stored_problems(photo: Photo, spec: PhotoSpec) -> str:
    """What the limits of one batch have against a picture that was measured when it came, maybe for
    another batch.
    """
    if not photo.width:
        return ""  # never measured
    found = [finding.text for finding in _bytes(photo.size, spec) if finding.verdict is FAIL]
    if (photo.width, photo.height) != (spec.width, spec.height):
        has = f"{photo.width}×{photo.height}"
        need = f"{spec.width}×{spec.height}"
        found.append(f"照片尺寸 {has}，本批次要求 {need}（宽×高，像素）")
    return "；".join(found)


def _bytes(size: int, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    if size > spec.max_bytes:
        text = f"照片 {size:,} 字节，超过上限 {spec.max_bytes:,} 字节，请压缩后重新上传"
        yield PhotoFinding(PhotoCode.TOO_LARGE, FAIL, str(size), f"≤{spec.max_bytes}", text)
    elif size < spec.min_bytes:
        text = f"照片只有 {size:,} 字节，低于 {spec.min_bytes:,} 字节，可能过度压缩，请提供原图"
        yield PhotoFinding(PhotoCode.TOO_SMALL, FAIL, str(size), f"≥{spec.min_bytes}", text)
    elif 0 < spec.warn_bytes < size:
        text = f"照片 {size:,} 字节，一般不超过 {spec.warn_bytes:,} 字节，可以使用"
        yield PhotoFinding(PhotoCode.W_LARGE_FILE, WARN, str(size), f"≤{spec.warn_bytes}", text)
    elif size < spec.small_bytes:
        text = f"照片只有 {size:,} 字节，一般为 {spec.small_bytes:,} 字节以上，请确认不是过度压缩的照片"
        yield PhotoFinding(PhotoCode.W_SMALL_FILE, WARN, str(size), f"≥{spec.small_bytes}", text)


def _pixels(measure: PhotoMeasure, facts: FileFacts, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    wide = measure.width
    high = measure.height
    has = f"{wide}×{high}"
    need = f"{spec.width}×{spec.height}"
    bomb = wide * high > spec.max_pixels
    if bomb:
        text = f"照片尺寸 {has} 过大（超过 {spec.max_pixels / 1_000_000:g} 百万像素），没有解码；请重新提供照片"
        limit = f"≤{spec.max_pixels} 像素"
        yield PhotoFinding(PhotoCode.BOMB_DIMENSIONS, FAIL, has, limit, text, repairable=False)
    if (wide, high) == (spec.width, spec.height):
        return
    if facts.orientation >= SIDEWAYS:
        wide, high = high, wide
    advice = "照片不够大，不能放大，请重新拍摄"
    enough = not bomb and wide >= spec.width and high >= spec.height
    if enough:
        advice = "请裁切或缩小到规定尺寸"
    if (measure.height, measure.width) == (spec.width, spec.height):
        advice = "照片是横放的，请转正"
    text = f"照片尺寸 {has}，应为 {need}（宽×高，像素），{advice}"
    yield PhotoFinding(PhotoCode.WRONG_SIZE, FAIL, has, need, text, repairable=enough)


def _colours(measure: PhotoMeasure, facts: FileFacts) -> Iterator[PhotoFinding]:
    if measure.components == 3 and facts.bits == 8:
        return
    kind = {1: "黑白", 3: "彩色", 4: "CMYK（印刷色）"}.get(
        measure.components, f"{measure.components} 个颜色通道的"
    )
    value = f"{measure.components}×{facts.bits} 位"
    text = f"照片是{kind}图片（{value}），应为 24 位真彩色（RGB），请重新提供"
    yield PhotoFinding(PhotoCode.NOT_24BIT, FAIL, value, "3×8 位", text)


def _orientation(facts: FileFacts) -> Iterator[PhotoFinding]:
    if facts.orientation != 1:
        text = "照片是靠 EXIF 标记转正的，打印时会横倒；请转正后另存为 jpg"
        yield PhotoFinding(PhotoCode.EXIF_ORIENTATION, FAIL, str(facts.orientation), "1", text)


def _quality(facts: FileFacts, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    if facts.quality is None or facts.quality >= spec.quality_good:
        return
    verdict = WARN
    if facts.quality < spec.quality_min:
        verdict = FAIL
    text = f"JPEG 压缩质量约 {facts.quality:.0f}，应不低于 {spec.quality_good:g}，画面可能有块状失真，请提供原图"
    value = f"{facts.quality:.0f}"
    limit = f"≥{spec.quality_good:g}"
    yield PhotoFinding(PhotoCode.LOW_QUALITY_JPEG, verdict, value, limit, text)


def _whole(facts: FileFacts) -> Iterator[PhotoFinding]:
    if not facts.has_end:
        text = "照片文件不完整（可能上传中断），请重新提供"
        yield PhotoFinding(PhotoCode.TRUNCATED, FAIL, "没有结束标记", "完整文件", text)
    elif not facts.has_frame or facts.decodes is False:
        text = "照片文件已损坏，画面会出现错块，请换成能正常打开的照片"
        yield PhotoFinding(PhotoCode.CORRUPT, FAIL, "解码出错", "完整解码", text)


def _marks(facts: FileFacts, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    if facts.progressive:
        text = "照片是渐进式 JPEG，部分打印程序不认，保存时可转为基线格式"
        yield PhotoFinding(PhotoCode.W_PROGRESSIVE, WARN, "渐进式", "基线", text)
    if facts.gps:
        text = "照片里带有拍摄位置（EXIF GPS），保存时会去掉"
        yield PhotoFinding(PhotoCode.W_EXIF_GPS, WARN, "有", "无", text)
    if facts.dpi and facts.dpi != spec.dpi:
        text = (
            f"照片标记的分辨率是 {facts.dpi} dpi，标准为 {spec.dpi} dpi，不影响画面，可以更正标记"
        )
        yield PhotoFinding(PhotoCode.W_DPI, WARN, str(facts.dpi), str(spec.dpi), text)
    if facts.tail:
        text = f"照片结束之后还有 {facts.tail:,} 字节多余内容，保存时会去掉"
        yield PhotoFinding(PhotoCode.W_TRAILING_DATA, WARN, str(facts.tail), "0", text)
