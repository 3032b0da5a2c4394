"""How a test sends a sheet by the page of imports, and reads the page of the upload."""

from django.core.files.uploadedfile import SimpleUploadedFile

STUDENT = {
    "学号": "2117151000001",
    "姓名": "张三丰",
    "性别": "男",
    "出生日期": "1990-03-07",
    "民族": "汉族",
    "证件类型": "居民身份证",
    "证件号": "110105199003071331",
    "政治面貌": "群众",
    "入学年度学期": "2021春",
    "学籍状态": "在籍",
    "学习中心代码": "101",
    "学生类别": "开放",
    "学历层次": "专科",
    "专业规则代码": "JK01",
}


def csv_of(*rows: dict) -> bytes:
    """A CSV file as a centre saves it."""
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return "\r\n".join(lines).encode("utf-8-sig")


def students(count: int, **changes) -> bytes:
    return csv_of(
        *({**STUDENT, "学号": f"21171510{n:05d}", **changes} for n in range(1, count + 1))
    )


def send(client, data: bytes, kind="students", key="k1", name="学生.csv"):
    return client.post(
        "/imports/send", {"kind": kind, "key": key, "file": SimpleUploadedFile(name, data)}
    )


def page(client, answer) -> str:
    assert (answer.status_code, answer["Location"].startswith("/imports/")) == (302, True)
    return client.get(answer["Location"]).content.decode()
