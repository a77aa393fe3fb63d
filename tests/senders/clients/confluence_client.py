"""A client of Confluence drives the fake Data Center, and an XML parser reads what hotroom wrote: URL TOKEN PARENT PAGE."""

import sys
import xml.etree.ElementTree as ElementTree

from atlassian import Confluence

url, token, parent, written = sys.argv[1:]


def check(condition, what):
    if not condition:
        sys.exit(f"not as Confluence does it: {what}")


wiki = Confluence(url=url, token=token, cloud=False)

# What hotroom wrote: storage format is XML with two prefixes of its own.
page = wiki.get_page_by_id(written, expand="body.storage,version")
body = page["body"]["storage"]["value"]
root = ElementTree.fromstring(f'<page xmlns:ac="urn:ac" xmlns:ri="urn:ri">{body}</page>')
check(root.find("h2").text == "Impact", "the heading")
check([item.text for item in root.iter("li")] == ["one", "two"], "the list")
check([cell.text for cell in root.iter("td")] == ["1", "2"], "the table")
code = root.find(".//{urn:ac}plain-text-body").text
check(code == "echo ']]>'", f"the code {code!r}")
check("42 orders & <more>" in "".join(root.itertext()), "the text")
labels = [label["name"] for label in wiki.get_page_labels(written)["results"]]
check(labels == ["postmortem"], f"labels {labels}")
mark = wiki.get_page_property(written, "hotroom")
check(mark["value"]["version"] == 1 and len(mark["value"]["sha256"]) == 64, "the property")

# What the client does itself.
made = wiki.create_page("OPS", "Minutes", "<p>First</p>", parent_id=parent, representation="storage")
check(made["version"]["number"] == 1, "create")
check(wiki.get_page_by_title("OPS", "Minutes")["results"][0]["id"] == made["id"], "find")
wiki.update_page(made["id"], "Minutes", "<p>Second</p>", representation="storage")
read = wiki.get_page_by_id(made["id"], expand="body.storage,version")
check(read["version"]["number"] == 2 and "Second" in read["body"]["storage"]["value"], "update")
wiki.set_page_label(made["id"], "minutes")
check(wiki.get_page_labels(made["id"])["results"][0]["name"] == "minutes", "label")
wiki.set_page_property(made["id"], {"key": "k", "value": {"a": 1}})
check(wiki.get_page_property(made["id"], "k")["value"] == {"a": 1}, "property")
try:
    wiki.create_page("OPS", "Minutes", "<p>Again</p>", representation="storage")
    check(False, "a title that is taken")
except Exception as error:
    check("already exists" in str(error), f"a title that is taken: {error}")
wiki.remove_page(made["id"])
check(wiki.get_page_by_title("OPS", "Minutes")["results"] == [], "delete")
print("all as Confluence does it")
