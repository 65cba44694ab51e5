"""Ansible's own answers: argv has an inventory, stdin a JSON list of --limit patterns, stdout JSON."""
import json
import sys

from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader


def limited(inventory, pattern):
    try:
        inventory.subset(pattern)
        return [host.name for host in inventory.get_hosts('all')]
    except AnsibleError:
        return 'error'


manager = InventoryManager(loader=DataLoader(), sources=[sys.argv[1]])
hosts = manager.get_hosts('all')
print(json.dumps({
    'hosts': [host.name for host in hosts],
    'groups': {host.name: host.get_magic_vars()['group_names'] for host in hosts},
    'limits': {pattern: limited(manager, pattern) for pattern in json.load(sys.stdin)},
}))
