"""What is printed: the data of each paper for its template, typesetting, binding, and the folder of
finished papers.
"""
