"""The settings file that `crisis-tui init` writes."""

TEMPLATE = """\
# Settings of crisis-tui. Every line is optional; remove the "#" to use it.
# Check this file with: crisis-tui doctor

organisation = {organisation}

# What we listen for, and who we are while we do. W on the dashboard shows and changes it.
[watch.brand]
# terms = ["acme", "#acme", "ember pan", "acmeh*"]
# exclude = ["acme anvil cartoon"]
# languages = ["en", "de"]      # all, if left out
# own_accounts = ["@acme"]      # what speaks to them is always ours
# own_followers = 120000        # the yardstick for reach
# influencers = ["@reporter"]   # always count as influential
# competitors = {{ Rival = ["rival", "#rival"] }}

# Ways in: one [[source]] each. docs/sources.md has every kind with all that it can be told.
# A secret never stands here, only where it is: env:NAME, file:PATH (mode 0600) or cmd:COMMAND.

# [[source]]
# name = "masto"
# kind = "mastodon"             # the #tags of the watches; with a token mentions of us and searches too
# url = "https://mastodon.social"
# token = "env:MASTODON_TOKEN"
#
# [[source]]
# name = "skies"
# kind = "bluesky"              # mentions of us, and searches for the terms
# handle = "acme.example"
# password = "file:~/.config/crisis-tui/bluesky"
#
# [[source]]
# name = "alerts"
# kind = "feed"                 # RSS, Atom, JSON Feed, Google Alerts
# url = "https://www.google.com/alerts/feeds/1/2"
# all = true                    # everything in it is about us
#
# [[source]]
# name = "news.yc"
# kind = "hackernews"
#
# [[source]]
# name = "inbox"
# kind = "drop"                 # a folder of NDJSON; finished files are moved to its done/
# path = "/var/spool/crisis-tui"
#
# [[source]]
# name = "stream"
# kind = "tail"                 # a file of NDJSON that grows
# path = "/var/log/mentions.ndjson"

[terminal]
# colours = "auto"              # auto, none, 16, 256, truecolor
# mouse = false
# theme = "textual-dark"

# Keys by action; `crisis-tui keys` lists all actions with their defaults.
[keys]
# "main.search" = "slash"
"""
