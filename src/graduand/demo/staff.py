"""The people who work in the invented season: the staff of the offices, and the officers of the
three roles.
"""

from __future__ import annotations

from graduand.demo import curriculum

STAFF = (
    ("zongbu1", "季安宁", curriculum.HQ, "总部审核"),
    ("zongbu2", "柏见微", curriculum.HQ, "总部管理"),
    ("xueyuan1", "穆清扬", curriculum.COLLEGE, "学院审核"),
    ("xueyuan2", "祁书言", curriculum.COLLEGE, "学院发放"),
    *(
        (f"zhongxin{n}", name, code, "学习中心")
        for n, ((code, _), name) in enumerate(
            zip(
                curriculum.CENTRES,
                ("陆知秋", "温景行", "顾嘉禾", "沈听雨", "江望舒", "林向晚"),
                strict=True,
            ),
            start=1,
        )
    ),
)
# 三员: they look after accounts and read the account log, and act on no file.
OFFICERS = (
    ("xitong1", "严守拙", curriculum.HQ, "系统管理"),
    ("anquan1", "方慎之", curriculum.HQ, "安全管理"),
    ("shenji1", "鉴明远", curriculum.HQ, "审计"),
)
