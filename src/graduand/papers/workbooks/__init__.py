"""Files that leave as a workbook or as DBF: tables, templates, workbooks that go back to their
sender.
"""
