window.YTD.note_tweet.part0 = [
 {
  "noteTweet": {
   "noteTweetId": "9100",
   "createdAt": "2024-03-02T10:00:00.000Z",
   "core": {
    "text": "A longer thought about hives.",
    "urls": []
   }
  }
 }
]