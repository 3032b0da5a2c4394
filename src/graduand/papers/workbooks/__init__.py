"""What leaves as a workbook or as DBF: tables, templates, files that go back to their sender."""
