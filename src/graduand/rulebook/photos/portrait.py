"""The picture's rules: one face in its place, an even blue wall, sharp, well lit (standard of 2017,
notice annex 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import atan2, degrees

from graduand.rulebook.photos.findings import PhotoCode, PhotoFinding, PhotoVerdict
from graduand.rulebook.photos.measures import Backdrop, Box, Face, Light, Patch, Portrait, Sharpness
from graduand.rulebook.photos.spec import PhotoSpec

FAIL = PhotoVerdict.FAIL
REVIEW = PhotoVerdict.REVIEW
WARN = PhotoVerdict.WARN


def portrait_findings(portrait: Portrait, spec: PhotoSpec) -> list[PhotoFinding]:
    """Everything that the picture itself has against it."""
    faces = real_faces(portrait, spec)
    below = [*_flat(portrait.flat, spec), *_stamp(portrait.stamp)]
    if not faces:
        return [_no_face(portrait, spec), *_wall(portrait.backdrop, spec), *below]
    face = faces[0]
    found = [
        *_several(faces, spec),
        *_upright(face, spec),
        *_place(face, spec),
        *_head(portrait.head_top, spec),
    ]
    found += [
        *_wall(portrait.backdrop, spec),
        *_sharp(portrait.sharpness, spec),
        *_light(portrait.light, spec),
    ]
    return found + below


def real_faces(portrait: Portrait, spec: PhotoSpec) -> tuple[Face, ...]:
    """The faces that count: sure enough, and the further ones large enough; the largest first."""
    sure = [face for face in portrait.faces if face.score >= spec.face_score]
    return tuple(
        face for place, face in enumerate(sure) if not place or face.width >= spec.second_face
    )


def roll(face: Face) -> float:
    """How far the line of the eyes is from level, in degrees; positive when the person's left eye
    is lower.
    """
    return degrees(atan2(face.left_eye.y - face.right_eye.y, face.left_eye.x - face.right_eye.x))


# -- the face ------------------------------------------------------------------------------------------------


def _no_face(portrait: Portrait, spec: PhotoSpec) -> PhotoFinding:
    best = max((face.score for face in portrait.faces), default=0.0)
    text = "照片中找不到清楚的正面人脸，请重新拍摄：正面免冠，五官无遮挡"
    return PhotoFinding(PhotoCode.NO_FACE, FAIL, f"{best:.2f}", f"≥{spec.face_score:g}", text)


def _several(faces: tuple[Face, ...], spec: PhotoSpec) -> Iterator[PhotoFinding]:
    if len(faces) > 1:
        text = f"照片中有 {len(faces)} 张人脸，只能有本人一人"
        yield PhotoFinding(PhotoCode.MULTIPLE_FACES, FAIL, str(len(faces)), "1", text)


def _upright(face: Face, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    eyes = face.eyes.y
    if face.nose.y <= eyes or face.mouth_y <= eyes:
        text = "照片是倒置或横放的，请转正后另存为 jpg"
        yield PhotoFinding(PhotoCode.UPSIDE_DOWN, FAIL, "口鼻在眼睛上方", "口鼻在眼睛下方", text)
    tilt = roll(face)
    if abs(tilt) > spec.roll_max:
        text = f"头部歪斜约 {abs(tilt):.0f}°，不应超过 {spec.roll_max:g}°，请摆正后重新拍摄（照片不得旋转修改）"
        yield PhotoFinding(
            PhotoCode.HEAD_TILTED, FAIL, f"{tilt:.1f}°", f"±{spec.roll_max:g}°", text
        )


def _place(face: Face, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    yield from _width(face, spec)
    yield from _eye_line(face, spec)
    off = face.eyes.x - spec.width / 2
    if abs(off) > spec.off_centre_max:
        side = "左"
        if off > 0:
            side = "右"
        text = f"人像偏{side} {abs(off):.0f} 像素，不应超过 {spec.off_centre_max:g} 像素，请居中"
        yield PhotoFinding(
            PhotoCode.FACE_OFF_CENTRE, FAIL, f"{off:+.0f}", f"±{spec.off_centre_max:g}", text
        )


def _width(face: Face, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    low = spec.face_width_min
    high = spec.face_width_max
    value = f"{face.width:.0f}"
    limit = f"{low:g}–{high:g}"
    if face.width < low:
        text = f"脸宽 {value} 像素，应在 {limit} 像素之间，人像太小，请靠近一些重新拍摄"
        yield PhotoFinding(PhotoCode.FACE_TOO_SMALL, FAIL, value, limit, text)
    elif face.width > high:
        text = f"脸宽 {value} 像素，应在 {limit} 像素之间，人像太大，请退后一些重新拍摄"
        yield PhotoFinding(PhotoCode.FACE_TOO_LARGE, FAIL, value, limit, text)


def _eye_line(face: Face, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    low = spec.eyes_min
    high = spec.eyes_max
    value = f"{face.eyes.y:.0f}"
    limit = f"{low:g}–{high:g}"
    if not low <= face.eyes.y <= high:
        code = PhotoCode.EYES_TOO_LOW
        word = "低"
        if face.eyes.y < low:
            code = PhotoCode.EYES_TOO_HIGH
            word = "高"
        text = f"眼睛距上边 {value} 像素，应在 {limit} 像素之间，位置太{word}，请重新拍摄或从原图重新裁切"
        yield PhotoFinding(code, FAIL, value, limit, text)


def _head(top: float | None, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    low = spec.head_top_min
    high = spec.head_top_max
    if top is None or low <= top <= high:
        return
    code = PhotoCode.HEAD_TOO_LOW
    word = "低"
    if top < low:
        code = PhotoCode.HEAD_TOO_HIGH
        word = "高"
    limit = f"{low:g}–{high:g}"
    text = f"头顶距上边 {top:.0f} 像素，应在 {limit} 像素之间，位置太{word}，请重新拍摄或从原图重新裁切"
    yield PhotoFinding(code, FAIL, f"{top:.0f}", limit, text)


# -- the wall ------------------------------------------------------------------------------------------------


def is_blue(patch: Patch, spec: PhotoSpec, *, slack: float = 0) -> bool:
    """Whether the patch is the blue that is asked for, `slack` units of Lab or degrees of hue more."""
    return (
        spec.hue_min - slack <= patch.hue <= spec.hue_max + slack
        and patch.chroma >= spec.chroma_min - slack
        and spec.lightness_min - slack <= patch.lightness <= spec.lightness_max + slack
    )


def _wall(wall: Backdrop | None, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    if wall is None:
        return
    yield from _blue(wall, spec)
    spread = evenness(wall, spec)
    if spread > spec.uneven_max:
        text = f"背景颜色不均匀（色差 {spread:.0f}，不应超过 {spec.uneven_max:g}），可能有渐变或阴影，请人工确认"
        yield PhotoFinding(
            PhotoCode.BG_UNEVEN, REVIEW, f"{spread:.1f}", f"≤{spec.uneven_max:g}", text
        )
    if wall.frame > spec.frame_max:
        text = "照片四周有边框，请使用没有边框的原图"
        yield PhotoFinding(
            PhotoCode.BORDER_OR_TEXT, FAIL, f"{wall.frame:.1f}", f"≤{spec.frame_max:g}", text
        )
    elif wall.stray:
        text = f"背景上有 {len(wall.stray)} 处文字、标记或杂物，请使用干净的原图"
        yield PhotoFinding(PhotoCode.BORDER_OR_TEXT, FAIL, str(len(wall.stray)), "0", text)


def _blue(wall: Backdrop, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    """Clearly not blue is refused, nearly blue a person looks at (P10)."""
    blue = sum(is_blue(patch, spec) for patch in wall.patches)
    if blue >= spec.blue_patches:
        return
    nearly = sum(is_blue(patch, spec, slack=spec.blue_doubt) for patch in wall.patches)
    value = f"{blue}/{len(wall.patches)} 处"
    limit = f"≥{spec.blue_patches} 处"
    if nearly >= spec.blue_patches:
        text = f"背景的{spec.colour}色偏淡、偏暗或偏色，是否合格请人工确认"
        yield PhotoFinding(PhotoCode.BG_NOT_BLUE, REVIEW, value, limit, text)
    else:
        text = f"背景不是{spec.colour}色，请用均匀的{spec.colour}色背景重新拍摄（不得换底修图）"
        yield PhotoFinding(PhotoCode.BG_NOT_BLUE, FAIL, value, limit, text)


def evenness(wall: Backdrop, spec: PhotoSpec) -> float:
    """The largest distance (dE) between two patches of bare wall: those above the head, and blue
    ones beside it.
    """
    bare = [
        place
        for place, patch in enumerate(wall.patches)
        if patch.upper or (patch.even and is_blue(patch, spec, slack=spec.blue_doubt))
    ]
    return max((wall.spread[one][other] for one in bare for other in bare), default=0.0)


# -- below the face ------------------------------------------------------------------------------------------


def _flat(share: float, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    """A picture that was transferred by half decodes, with one colour where the rest should be."""
    if share > spec.flat_max:
        text = f"照片下部 {share:.0%} 是一整块单色，像是没有传完或被遮盖，请重新提供完整的照片"
        yield PhotoFinding(PhotoCode.TRUNCATED, FAIL, f"{share:.0%}", f"≤{spec.flat_max:.0%}", text)


def _stamp(stamp: Box | None) -> Iterator[PhotoFinding]:
    if stamp is not None:
        text = "照片下部像是印有日期或文字，请人工确认；有的请使用没有日期的原图"
        yield PhotoFinding(PhotoCode.BORDER_OR_TEXT, REVIEW, "1", "0", text)


# -- sharpness and light -------------------------------------------------------------------------------------


def _sharp(sharp: Sharpness | None, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    if sharp is None:
        return
    if sharp.reblur > spec.blur_warn:
        verdict = WARN
        most = spec.blur_warn
        text = "人像略有模糊，请看一看原图"
        if sharp.reblur > spec.blur_max:
            verdict = FAIL
            most = spec.blur_max
            text = "人像模糊，请重新拍摄或提供原图（不能用小图放大）"
        value = f"{sharp.reblur:.2f}"
        yield PhotoFinding(PhotoCode.BLURRED, verdict, value, f"≤{most:g}", text)
    if not spec.motion_min <= sharp.direction <= spec.motion_max:
        text = "人像朝一个方向模糊（拍摄时晃动），请重新拍摄"
        limit = f"{spec.motion_min:g}–{spec.motion_max:g}"
        yield PhotoFinding(PhotoCode.BLURRED, FAIL, f"{sharp.direction:.2f}", limit, text)


def _too_bright(light: Light, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    """One finding of two measures: white patches are named rather than the mean."""
    if light.mean > spec.light_max or light.clipped > spec.clipped_max:
        what = "平均亮度"
        value = f"{light.mean:.0f}"
        limit = f"≤{spec.light_max:g}"
        if light.clipped > spec.clipped_max:
            what = "泛白面积"
            value = f"{light.clipped:.0%}"
            limit = f"≤{spec.clipped_max:.0%}"
        text = f"脸部过亮（{what} {value}），请减弱光线后重新拍摄"
        yield PhotoFinding(PhotoCode.OVEREXPOSED, FAIL, value, limit, text)


def _light(light: Light | None, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    if light is None:
        return
    yield from _too_bright(light, spec)
    if light.mean < spec.light_min:
        text = f"脸部过暗（平均亮度 {light.mean:.0f}，应不低于 {spec.light_min:g}），请增加光线后重新拍摄"
        yield PhotoFinding(
            PhotoCode.UNDEREXPOSED, FAIL, f"{light.mean:.0f}", f"≥{spec.light_min:g}", text
        )
    if light.contrast < spec.contrast_min:
        text = f"脸部反差太小（{light.contrast:.0f}，应不低于 {spec.contrast_min:g}），画面发灰，请重新拍摄"
        yield PhotoFinding(
            PhotoCode.LOW_CONTRAST, FAIL, f"{light.contrast:.0f}", f"≥{spec.contrast_min:g}", text
        )
    if light.asymmetry > spec.asymmetry_max:
        text = f"脸部左右亮度相差 {light.asymmetry:.0f}，不应超过 {spec.asymmetry_max:g}，请用两侧均匀的光线重新拍摄"
        yield PhotoFinding(
            PhotoCode.UNEVEN_LIGHT, FAIL, f"{light.asymmetry:.0f}", f"≤{spec.asymmetry_max:g}", text
        )
    if light.chroma < spec.face_chroma_min:
        text = "人像没有颜色（黑白照片），请提供彩色照片"
        yield PhotoFinding(
            PhotoCode.NOT_COLOUR, FAIL, f"{light.chroma:.1f}", f"≥{spec.face_chroma_min:g}", text
        )
