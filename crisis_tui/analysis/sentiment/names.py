"""Names that must not sound good or bad: a post is no worse for naming one company rather than another.

The posts that the model learned from were gathered by topic, so without this the name of a company carries
the mood of the weeks in which they were gathered.
"""

from __future__ import annotations

from typing import Final

NAMED: Final = "_name"
"""What every such name becomes."""

_LIST = """
apple iphone iphones ipad ipads ipod ios itunes icloud siri mac macs macbook imac airpods aapl appstore
google googles android gmail nexus youtube goog
microsoft windows xbox bing skype msft zune cortana kinect azure linkedin
twitter facebook instagram whatsapp snapchat tiktok reddit tumblr pinterest mastodon bluesky myspace
amazon kindle alexa aws netflix hulu spotify disney hbo roku uber lyft airbnb paypal ebay etsy
samsung sony playstation ps3 ps4 ps5 nintendo wii nokia lumia motorola blackberry htc huawei
xiaomi oneplus lenovo dell hp ibm intel amd nvidia oracle cisco adobe
verizon tmobile comcast xfinity vodafone telstra o2 att
united delta jetblue southwest ryanair easyjet lufthansa emirates qantas airways klm
usairways virginamerica
toyota honda ford tesla bmw mercedes audi volkswagen vw nissan hyundai kia chevrolet gm volvo fiat
starbucks mcdonalds kfc chipotle dominos nestle unilever pepsi cocacola
walmart tesco aldi lidl ikea costco nike adidas zara primark asos
barclays hsbc citibank mastercard amex natwest lloyds santander
"""

NAMES: Final = frozenset(_LIST.split())
"""Companies and products that are named often; in lower case."""
