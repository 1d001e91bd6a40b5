"""Know what is true: tables, rules and named questions. Imports no other ring."""
