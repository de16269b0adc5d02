window.YTD.like.part0 = [
 {
  "like": {
   "tweetId": "7000",
   "fullText": "Ponds &gt; puddles",
   "expandedUrl": "https://twitter.com/i/web/status/7000"
  }
 }
]