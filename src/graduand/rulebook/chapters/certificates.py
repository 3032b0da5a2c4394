"""Certificates: numbered, registered, amended, void, and whether they still stand."""

from graduand.rulebook.chapters.clause import COLLEGE, HQ, Clause

CLAUSES = (
    # Numbering (五.3, 七.4).
    Clause(
        "ROSTER",
        "五.3",
        "不在毕业生花名册上",
        "该生尚未列入已冻结的花名册",
        HQ,
        "先生成并冻结花名册",
    ),
    Clause(
        "PRINCIPAL",
        "七.4",
        "没有发证日期在任的院（校）长",
        "政策没有写明发证日期在任的院（校）长",
        HQ,
        "在批次政策里补上 principals 后重新编号制证",
    ),
    Clause(
        "NUMBER-IMPORT",
        "证书编号",
        "编号由总部导入",
        "本批次证书编号由总部导入",
        HQ,
        "导入「证书编号」表",
    ),
    Clause(
        "NUMBER-DEGREE",
        "证书编号",
        "学位证书编号由总部导入",
        "总部还没有给该生的学位证书编号",
        HQ,
        "在「证书编号」表的「学位证书编号」列填写后导入",
    ),
    # Voiding and the registration at the registry.
    Clause(
        "CANCEL-DAY",
        "证书管理",
        "注销日期有误",
        "注销日期应在 {need} 之间，现为 {has}",
        HQ,
        "按学信网的注销记录填写日期",
    ),
    Clause(
        "VOID-GROUND",
        "证书管理",
        "不具备作废条件",
        "已在学信网注册的证书，须先登记注册注销",
        HQ,
        "登记学信网注销后再作废",
    ),
    Clause(
        "VOID-LOST",
        "证书管理",
        "签领后遗失的不重办",
        "学生签领以后遗失的证书不作废、不重办",
        HQ,
        "按规定为学生出具毕业证明书（沿用原证书编号）",
    ),
    # What the registry corrected under the same number, and the old paper.
    Clause(
        "AMEND-GROUND",
        "证书管理",
        "不具备更正条件",
        "没有在学信网注册的证书不能沿用原编号更正",
        HQ,
        "内容有误的作废重办；已注册的先导入「注册结果」",
    ),
    Clause(
        "ANSWER",
        "证书管理",
        "缺少学信网的更正结果",
        "须登记学信网更正结果的扫描件",
        HQ,
        "上传学信网更正结果（截图或复函）的扫描件",
    ),
    Clause(
        "ANSWER-DAY",
        "证书管理",
        "更正日期有误",
        "学信网更正的日期应在 {need} 之间，现为 {has}",
        HQ,
        "按学信网的更正结果填写日期",
    ),
    Clause(
        "PAPER-REPRINT",
        "证书管理",
        "更正后尚未重新打印",
        "{has}内容已于 {need} 更正，还没有按新内容打印，旧证不能寄出",
        HQ,
        "毕业证书由总部请系统管理员打印（命令见「证书」里的「更正后待重新打印」），学位证书由总部重制后在档案页登记；"
        "旧证由学院作废，新证到学院后再寄出",
    ),
    Clause(
        "PAPER-OLD",
        "证书管理",
        "纸质证书是更正以前的旧证",
        "{has}内容已于 {need} 更正，寄出的是旧证，不能发给学生",
        COLLEGE,
        "学院办理「退回学院」收回旧证，总部重新打印后再寄出",
    ),
    Clause(
        "PAPER-GIVEN",
        "证书管理",
        "学生已领取",
        "证书已由学生领取，内容没有更正，不用收回",
        COLLEGE,
        "证书有误的，由总部更正证书内容或作废重办",
    ),
    # Certificates whose owner has failed a condition since the numbering (附件2.2).
    Clause(
        "ISSUED-LOST",
        "附件2.2",
        "编号制证以后不再符合毕业条件",
        "编号制证以后资料有变化，不再符合毕业条件：{has}；总部核实以前不上报、不打印证书，不能寄出和签领",
        HQ,
        "核实，成绩有误的由学院更正后自动恢复；属实的由两人办理「作废重办」（原因：不满足毕业条件）；"
        "仍然有效的由两人办理「核实后维持」并写明依据",
    ),
    Clause(
        "GIVEN-LOST",
        "附件2.2",
        "学生领证以后不再符合毕业条件",
        "证书已在学生手中，资料有变化，不再符合毕业条件：{has}；总部核实以前不上报、不打印证书，不授予学位、不编学位证书",
        HQ,
        "核实，成绩有误的由学院更正后自动恢复；属实的由两人办理「作废重办」（原因：不满足毕业条件；已注册的先登记注销）；"
        "仍然有效的由两人办理「核实后维持」并写明依据",
    ),
    Clause(
        "CONFIRM-GROUND",
        "证书管理",
        "注册已注销的证书不能维持",
        "该证书在学信网的注册已经注销，不能维持有效",
        HQ,
        "办理「作废重办」；注销登记错了的，先撤销注销登记，再维持",
    ),
)
