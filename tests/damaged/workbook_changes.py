"""What goes wrong inside a workbook, kind by kind: one text for another in one part."""

from tests.damaged.sheets import (
    BOOK,
    MAIN,
    RELS,
    SHEET,
    STRICT,
    STYLES,
    TEXTS,
)

FIRST_ID, FIRST_ROW = '<c r="A2" s="1"', '<row r="2">'


END, PROPS = "</sheetData>", '<sheetFormatPr defaultRowHeight="15"/>'


BIRTH = '<c r="D2" s="0" t="inlineStr"><is><t>1988-03-09</t></is></c>'


NAME = '<c r="B2" s="0" t="inlineStr"><is><t>林知远</t></is></c>'


TYPES = "[Content_Types].xml"


# kind: [(what, part, old, new), …]; seven rows remain to be told of
CHANGES: dict[str, list[tuple[str, str, str, str]]] = {
    "styles": [
        ("index out of range", SHEET, FIRST_ID, '<c r="A2" s="99"'),
        ("negative index", SHEET, FIRST_ID, '<c r="A2" s="-1"'),
        ("index is a word", SHEET, FIRST_ID, '<c r="A2" s="bold"'),
        ("empty fill", STYLES, '<fill><patternFill patternType="none"/></fill>', "<fill/>"),
        ("unknown fill", STYLES, 'patternType="none"', 'patternType="glitter"'),
        ("size is a word", STYLES, '<sz val="11"/>', '<sz val="big"/>'),
        ("no size", STYLES, '<sz val="11"/>', "<sz/>"),
        ("colour that is none", STYLES, '<sz val="11"/>', '<sz val="11"/><color rgb="ZZ"/>'),
        ("theme colour 99", STYLES, '<sz val="11"/>', '<sz val="11"/><color theme="99"/>'),
        ("unknown underline", STYLES, '<sz val="11"/>', '<u val="wavy"/><sz val="11"/>'),
        (
            "no cell formats",
            STYLES,
            '<cellXfs count="2"><xf numFmtId="0" xfId="0"/><xf numFmtId="49" xfId="0"/></cellXfs>',
            "",
        ),
        ("format of no number", STYLES, 'numFmtId="49"', 'numFmtId="4900"'),
        ("format is a word", STYLES, 'numFmtId="49"', 'numFmtId="text"'),
        (
            "text turned upside down",
            STYLES,
            '<xf numFmtId="49" xfId="0"/>',
            '<xf numFmtId="49" xfId="0"><alignment textRotation="999" horizontal="middle"/></xf>',
        ),
        ("unknown border", STYLES, "<border/>", '<border><left style="zigzag"/></border>'),
        (
            "font of no list",
            STYLES,
            '<xf numFmtId="49" xfId="0"/>',
            '<xf numFmtId="49" fontId="77" fillId="77" borderId="77"/>',
        ),
        (
            "named style of no format",
            STYLES,
            "</styleSheet>",
            '<cellStyles count="1"><cellStyle name="x" xfId="55"/></cellStyles></styleSheet>',
        ),
        (
            "differential style that is none",
            STYLES,
            "</styleSheet>",
            '<dxfs count="1"><dxf><font><sz val="?"/></font></dxf></dxfs></styleSheet>',
        ),
        (
            "number format twice",
            STYLES,
            "<fonts",
            '<numFmts count="2"><numFmt numFmtId="164" formatCode="0"/>'
            '<numFmt numFmtId="164" formatCode="yyyy"/></numFmts><fonts',
        ),
        (
            "number format without code",
            STYLES,
            "<fonts",
            '<numFmts count="1"><numFmt numFmtId="164"/></numFmts><fonts',
        ),
    ],
    "merged blocks": [
        (
            "all cells",
            SHEET,
            END,
            END + '<mergeCells count="1"><mergeCell ref="N10:XFD1048576"/></mergeCells>',
        ),
        (
            "over each other",
            SHEET,
            END,
            END + '<mergeCells><mergeCell ref="A12:C14"/><mergeCell ref="B13:D15"/></mergeCells>',
        ),
        (
            "backwards",
            SHEET,
            END,
            END + '<mergeCells count="1"><mergeCell ref="C14:A12"/></mergeCells>',
        ),
        (
            "beyond the sheet",
            SHEET,
            END,
            END + '<mergeCells count="1"><mergeCell ref="A1:ZZZZ9"/></mergeCells>',
        ),
        ("no reference", SHEET, END, END + '<mergeCells count="1"><mergeCell/></mergeCells>'),
        (
            "of one cell",
            SHEET,
            END,
            END + '<mergeCells count="1"><mergeCell ref="A2:A2"/></mergeCells>',
        ),
        (
            "header over data",
            SHEET,
            END,
            END + '<mergeCells count="1"><mergeCell ref="N1:P4"/></mergeCells>',
        ),
        (
            "five thousand",
            SHEET,
            END,
            END
            + "<mergeCells>"
            + "".join(f'<mergeCell ref="Q{n}:R{n}"/>' for n in range(10, 5010))
            + "</mergeCells>",
        ),
    ],
    "dimensions": [
        ("everything", SHEET, 'ref="A1:M8"', 'ref="A1:XFD1048576"'),
        ("too small", SHEET, 'ref="A1:M8"', 'ref="A1:B2"'),
        ("none", SHEET, '<dimension ref="A1:M8"/>', ""),
        ("a word", SHEET, 'ref="A1:M8"', 'ref="all"'),
        ("backwards", SHEET, 'ref="A1:M8"', 'ref="M8:A1"'),
        ("a far row", SHEET, END, '<row r="1048576"/>' + END),
        (
            "a row beyond the sheet",
            SHEET,
            END,
            '<row r="9999999"><c r="A9999999"><v>1</v></c></row>' + END,
        ),
        ("a far cell", SHEET, END, '<row r="9"><c r="XFD9" s="1"/></row>' + END),
        ("the same row twice", SHEET, '<row r="3">', '<row r="2">'),
        ("rows out of order", SHEET, '<row r="3">', '<row r="30">'),
        ("row zero", SHEET, FIRST_ROW, '<row r="0">'),
        ("row is a word", SHEET, FIRST_ROW, '<row r="two">'),
        ("row without number", SHEET, FIRST_ROW, "<row>"),
        ("cell of another row", SHEET, '<c r="A3"', '<c r="A2"'),
        ("cell without place", SHEET, '<c r="B2" ', "<c "),
        ("cell at no place", SHEET, '<c r="B2" ', '<c r="?2" '),
    ],
    "dates and kinds of cells": [
        ("serial", SHEET, BIRTH, '<c r="D2"><v>32211</v></c>'),
        ("negative", SHEET, BIRTH, '<c r="D2"><v>-5</v></c>'),
        ("huge", SHEET, BIRTH, '<c r="D2"><v>9e99</v></c>'),
        ("not a number", SHEET, BIRTH, '<c r="D2"><v>NaN</v></c>'),
        ("a word", SHEET, BIRTH, '<c r="D2"><v>yesterday</v></c>'),
        ("ISO", SHEET, BIRTH, '<c r="D2" t="d"><v>1988-03-09</v></c>'),
        ("ISO of no day", SHEET, BIRTH, '<c r="D2" t="d"><v>1988-13-99</v></c>'),
        ("a time", SHEET, BIRTH, '<c r="D2" s="1"><v>0.5</v></c>'),
        ("logical", SHEET, BIRTH, '<c r="D2" t="b"><v>1</v></c>'),
        ("an error", SHEET, BIRTH, '<c r="D2" t="e"><v>#N/A</v></c>'),
        ("no error", SHEET, BIRTH, '<c r="D2" t="e"><v>#HM</v></c>'),
        ("a formula", SHEET, BIRTH, '<c r="D2"><f>TODAY()</f><v>45000</v></c>'),
        ("a formula without value", SHEET, BIRTH, '<c r="D2"><f>TODAY()</f></c>'),
        ("an array formula", SHEET, BIRTH, '<c r="D2"><f t="array" ref="D2:D9999999">1</f></c>'),
        ("unknown kind", SHEET, BIRTH, '<c r="D2" t="zz"><v>1</v></c>'),
        ("1904", BOOK, "<workbookPr/>", '<workbookPr date1904="1"/>'),
    ],
    "texts": [
        ("shared text of no list", SHEET, NAME, '<c r="B2" t="s"><v>999</v></c>'),
        ("negative shared text", SHEET, NAME, '<c r="B2" t="s"><v>-1</v></c>'),
        ("shared text is a word", SHEET, NAME, '<c r="B2" t="s"><v>林</v></c>'),
        (
            "count that is wrong",
            TEXTS,
            'count="13" uniqueCount="13"',
            'count="1" uniqueCount="99999999"',
        ),
        ("escaped", SHEET, "林知远", "林_x77E5_远"),
        ("escaped zero", SHEET, "林知远", "林_x0000_远"),
        ("half a pair", SHEET, "林知远", "林_xD842_远"),
        ("very long", SHEET, "林知远", "林" * 40_000),
        (
            "rich",
            SHEET,
            NAME,
            '<c r="B2" t="inlineStr"><is><r><t>林</t></r><r><rPr><b/></rPr><t>知远</t></r></is></c>',
        ),
        (
            "with its sound",
            SHEET,
            "<t>林知远</t>",
            '<t>林知远</t><rPh sb="0" eb="1"><t>LIN</t></rPh>',
        ),
        ("no text", SHEET, "<is><t>林知远</t></is>", "<is/>"),
        ("lost", SHEET, "林知远", "林\ufffd远"),
        ("runnable", SHEET, "林知远", "=HYPERLINK(1)"),
        ("text of a formula", SHEET, NAME, '<c r="B2" t="str"><v>林知远</v></c>'),
    ],
    "XML": [
        ("a comment", SHEET, END, "<!-- a -->" + END),
        ("a section", SHEET, "林知远", "<![CDATA[林知远]]>"),
        ("an unknown element", SHEET, END, '<x:y xmlns:x="urn:x"/>' + END),
        ("a control character", SHEET, "林知远", "林&#1;远"),
        ("an unknown entity", SHEET, "林知远", "林&nbsp;远"),
        ("a declaration", SHEET, "<worksheet", "<!DOCTYPE a><worksheet"),
        ("an entity bomb", BOOK, "<workbook ", '<!DOCTYPE a [<!ENTITY b "c">]><workbook '),
        ("a tag not closed", SHEET, "</row>", ""),
        ("cut", SHEET, "</sheetData>", ""),
        ("nothing behind", SHEET, "</worksheet>", ""),
        ("strict", SHEET, MAIN, STRICT),
        ("no namespace", SHEET, f'xmlns="{MAIN}"', ""),
        ("an ampersand", SHEET, "林知远", "林&远"),
        (
            "alternative content",
            SHEET,
            END,
            END + '<mc:AlternateContent xmlns:mc="urn:m"><mc:Fallback/></mc:AlternateContent>',
        ),
    ],
    "views and columns": [
        ("columns backwards", SHEET, 'min="1" max="13"', 'min="13" max="1"'),
        ("columns beyond", SHEET, 'min="1" max="13"', 'min="1" max="99999"'),
        ("width is a word", SHEET, 'width="18"', 'width="wide"'),
        ("negative width", SHEET, 'width="18"', 'width="-18"'),
        ("height is a word", SHEET, 'defaultRowHeight="15"', 'defaultRowHeight="tall"'),
        ("no height", SHEET, PROPS, "<sheetFormatPr/>"),
        ("view of no book", SHEET, 'workbookViewId="0"', 'workbookViewId="x"'),
        (
            "unknown pane",
            SHEET,
            '<sheetView workbookViewId="0"/>',
            '<sheetView workbookViewId="0"><pane state="melted" ySplit="x"/></sheetView>',
        ),
        ("margin is a word", SHEET, 'left="0.7"', 'left="some"'),
        ("no margin", SHEET, 'left="0.7" ', ""),
        ("hidden row", SHEET, FIRST_ROW, '<row r="2" hidden="1">'),
        ("row as high as a word", SHEET, FIRST_ROW, '<row r="2" ht="x">'),
    ],
    "what hangs on a sheet": [
        ("filter of no range", SHEET, END, END + '<autoFilter ref="?"/>'),
        ("filter", SHEET, END, END + '<autoFilter ref="A1:M8"/>'),
        (
            "list of no range",
            SHEET,
            END,
            END + '<dataValidations><dataValidation type="list" sqref="??"/></dataValidations>',
        ),
        (
            "unknown list",
            SHEET,
            END,
            END + '<dataValidations><dataValidation type="zz" sqref="A1"/></dataValidations>',
        ),
        (
            "condition of no style",
            SHEET,
            END,
            END + '<conditionalFormatting sqref="A1:A9"><cfRule type="expression" dxfId="99" '
            'priority="1"><formula>1</formula></cfRule></conditionalFormatting>',
        ),
        (
            "unknown condition",
            SHEET,
            END,
            END + '<conditionalFormatting sqref="A1"><cfRule type="zz"/></conditionalFormatting>',
        ),
        (
            "link to nowhere",
            SHEET,
            END,
            END + '<hyperlinks><hyperlink ref="A1" r:id="rId77"/></hyperlinks>',
        ),
        (
            "table of no part",
            SHEET,
            END,
            END + '<tableParts count="1"><tablePart r:id="rId77"/></tableParts>',
        ),
        ("drawing of no part", SHEET, END, END + '<drawing r:id="rId77"/>'),
        ("old drawing of no part", SHEET, END, END + '<legacyDrawing r:id="rId77"/>'),
        ("protection", SHEET, END, END + '<sheetProtection sheet="maybe" spinCount="x"/>'),
        (
            "extension",
            SHEET,
            "</worksheet>",
            '<extLst><ext uri="{0}"><x14:y xmlns:x14="urn:x"/></ext></extLst></worksheet>',
        ),
    ],
    "names and sheets": [
        (
            "name of no place",
            BOOK,
            "</workbook>",
            '<definedNames><definedName name="x">#REF!</definedName></definedNames></workbook>',
        ),
        (
            "print area of no sheet",
            BOOK,
            "</workbook>",
            '<definedNames><definedName name="_xlnm.Print_Area" localSheetId="99">A1</definedName></definedNames></workbook>',
        ),
        (
            "name twice",
            BOOK,
            "</workbook>",
            '<definedNames><definedName name="x">1</definedName><definedName name="x">2</definedName>'
            "</definedNames></workbook>",
        ),
        ("hidden sheet", BOOK, 'name="名单" sheetId="1"', 'name="名单" state="hidden" sheetId="1"'),
        ("unknown state", BOOK, 'name="名单" sheetId="1"', 'name="名单" state="lost" sheetId="1"'),
        ("two of one title", BOOK, 'name="备注"', 'name="名单"'),
        ("title with a slash", BOOK, 'name="名单"', 'name="名/单"'),
        ("long title", BOOK, 'name="名单"', f'name="{"名" * 60}"'),
        ("no title", BOOK, 'name="名单"', 'name=""'),
        ("sheet of no part", BOOK, 'r:id="rId1"', 'r:id="rId9"'),
        ("sheet without number", BOOK, ' sheetId="1"', ""),
        (
            "instructions in front",
            BOOK,
            '<sheet name="名单" sheetId="1" r:id="rId1"/><sheet name="备注" sheetId="2" r:id="rId2"/>',
            '<sheet name="填写说明" sheetId="2" r:id="rId2"/><sheet name="名单" sheetId="1" r:id="rId1"/>',
        ),
        ("number is a word", BOOK, 'sheetId="1"', 'sheetId="one"'),
    ],
    "relations": [
        (
            "absolute target",
            "xl/_rels/workbook.xml.rels",
            'Target="worksheets/sheet1.xml"',
            f'Target="/{SHEET}"',
        ),
        (
            "target by a way round",
            "xl/_rels/workbook.xml.rels",
            'Target="styles.xml"',
            'Target="./a/../styles.xml"',
        ),
        (
            "target with backslash",
            "xl/_rels/workbook.xml.rels",
            "worksheets/sheet1.xml",
            "worksheets\\sheet1.xml",
        ),
        (
            "target outside",
            "xl/_rels/workbook.xml.rels",
            "worksheets/sheet1.xml",
            "../../../etc/passwd",
        ),
        (
            "strict kinds",
            "xl/_rels/workbook.xml.rels",
            RELS,
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
        ("a macro's type", TYPES, "sheet.main+xml", "sheet.macroEnabled.main+xml"),
        ("unknown type", TYPES, "worksheet+xml", "worksheep+xml"),
    ],
}
