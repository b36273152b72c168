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

# How the level is found. docs/severity.md explains every number; these are the defaults.
[severity]
# bands = {{ emergent = 15, incident = 35, crisis = 60 }}   # scores at which a level begins
# least_volume = 5               # mentions an hour below which volume says nothing
# least_volume_young = 50        # the same on the first day
# least_ratio = 1.5              # times the median below which volume says nothing
# least_scored = 20              # scored mentions that the negative share needs
# influential_followers = 50000  # followers from which an author counts as influential
# media_networks = ["news", "rss", "press"]
# burst_z = 0.75                 # deviations above a usual day's peak that call a person
# burst_level = "emergent"       # what such a burst holds at least
# hold_minutes = 60              # how long a lower level must have held
# low_coverage = 0.6             # share of the weights below which confidence is low

# Four bounds give 1 to 4 points; weight 0 switches an input off.
[severity.inputs]
# volume = {{ weight = 2, points = [1.5, 2, 3, 6] }}             # z against the same hours
# velocity = {{ weight = 2, points = [240, 120, 60, 20] }}       # minutes in which negatives double
# negative_share = {{ weight = 2, points = [20, 30, 40, 60] }}   # % of what was scored
# reach = {{ weight = 1, points = [0.1, 0.5, 2, 10] }}           # times own_followers
# influencers = {{ weight = 1, points = [1, 2, 4, 8] }}
# networks = {{ weight = 1, points = [1, 2, 3, 4] }}
# media = {{ weight = 2, points = [1, 2, 5, 15] }}
# duration = {{ weight = 1, points = [30, 60, 180, 720] }}       # minutes

# Who is told when the level rises, also while nobody looks; docs/alerts.md has more.
# Try it with: crisis-tui alert --test
[alert]
# from_level = "emergent"       # emergent, incident, crisis, emergency
# cool_down_minutes = 30        # a level that was alerted stays silent so long when it is reached again
# bell = true                   # rings the terminal of every dashboard
# notice = "auto"               # desktop notice of the terminal: auto, osc9, osc777, none
# command = ["notify-oncall", "--urgent"]  # no shell; gets the alert as JSON on its standard input
# webhook = "env:PAGER_URL"     # an https address, or where it is
# webhook_secret = "file:~/.config/crisis-tui/pager"  # signs what is sent

# Keys by action; `crisis-tui keys` lists all actions with their defaults.
[keys]
# "main.search" = "slash"
"""
