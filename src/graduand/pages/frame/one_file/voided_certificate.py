"""The paper of a voided certificate: where it was then, and who withdraws and destroys it."""

from __future__ import annotations

from graduand.rulebook.terms import Stage

_LAY = {
    Stage.CERTIFIED: ("在学院", "已经打印的由学院收回销毁，不能寄出"),
    Stage.SHIPPED: ("在途中", "{centre}收到后不能发给学生，请退回学院，由学院销毁"),
    Stage.RECEIVED: ("在学习中心", "不能发给学生，请{centre}退回学院，由学院销毁"),
    Stage.COLLECTED: ("在学生手里", "请{centre}通知学生交回，转交学院销毁"),
}
_BY_HAND = "本系统暂不登记收回和销毁，请另留记录"
RULE = (
    "纸质证书",
    "已经打印的须收回销毁，不能发给学生：作废时在学院的由学院销毁；在途、在学习中心的由学习中心退回学院；"
    f"在学生手里的由学习中心通知交回，转交学院。{_BY_HAND}",
)


def paper_place(stage: str) -> str:
    """In a list: where the paper lay when it was voided; "" where it is lost."""
    if not stage:
        return ""
    place, _ = _LAY[Stage(stage)]
    return f"须收回，作废时{place}"


def of_file(number: str, stage: Stage, centre: str, *, lost: bool) -> str:
    """On the page of its file. What is `lost` nobody can send back."""
    if lost:
        return f"编号 {number} 的证书因遗失作废：以后找到的不能再用，请交学院销毁。{_BY_HAND}"
    place, todo = _LAY[stage]
    return f"编号 {number} 的证书已作废，作废时{place}：{todo.format(centre=centre)}。{_BY_HAND}"
