"""PyYAML's own answers: stdin has a JSON list of texts, each the value of a key; stdout JSON, null for what it refuses."""
import datetime
import json
import sys

import yaml


def told(text):
    try:
        value = yaml.load('key: ' + text + '\n', Loader=yaml.SafeLoader)['key']
    except (yaml.YAMLError, ValueError, LookupError, TypeError):
        return None
    if isinstance(value, (datetime.date, datetime.datetime)):
        return ['date', '']
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ['number', repr(value)]
    return [type(value).__name__, json.dumps(value) if value is None or isinstance(value, bool) else str(value)]


print(json.dumps([told(text) for text in json.load(sys.stdin)]))
