window.YTD.tweets.part0 = [
 {
  "tweet": {
   "id_str": "9001",
   "created_at": "Fri Mar 01 10:20:30 +0000 2024",
   "full_text": "Bees &amp; willows https://t.co/abc https://t.co/pic",
   "entities": {
    "urls": [
     {
      "url": "https://t.co/abc",
      "expanded_url": "https://pond.example/"
     }
    ],
    "media": [
     {
      "url": "https://t.co/pic",
      "media_url_https": "https://pbs.example/x.jpg"
     }
    ]
   },
   "lang": "en"
  }
 },
 {
  "tweet": {
   "id_str": "9000",
   "created_at": "Thu Feb 29 10:20:30 +0000 2024",
   "full_text": "@bea_reads yes!",
   "in_reply_to_status_id_str": "8999",
   "in_reply_to_screen_name": "bea_reads",
   "entities": {}
  }
 },
 {
  "tweet": {
   "id_str": "8998",
   "created_at": "Wed Feb 28 10:20:30 +0000 2024",
   "full_text": "RT @cem: The pond froze.",
   "entities": {}
  }
 }
]