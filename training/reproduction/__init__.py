"""What the report is made of: the study's figures as a table, its questions with their answers, and the page."""
