"""Counts the words of a text and gives those that come most often."""
from collections import Counter
import re


def lambda_handler(event, context):
    words = re.findall(r"\w+", event.get("text", "").lower())
    print(f"{len(words)} words")
    return {"words": len(words), "most": Counter(words).most_common(event.get("most", 3))}
