"""What is true: tables, rules and named questions. Imports nothing of ours from outside."""
