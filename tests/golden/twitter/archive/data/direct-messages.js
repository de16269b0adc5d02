window.YTD.direct_messages.part0 = [
 {
  "dmConversation": {
   "conversationId": "100-200",
   "messages": [
    {
     "messageCreate": {
      "recipientId": "100",
      "reactions": [
       {
        "senderId": "100",
        "reactionKey": "like"
       }
      ],
      "urls": [],
      "text": "Honey?",
      "mediaUrls": [],
      "senderId": "200",
      "id": "502",
      "createdAt": "2024-03-03T10:00:01.000Z",
      "editHistory": []
     }
    },
    {
     "messageCreate": {
      "recipientId": "200",
      "reactions": [],
      "urls": [
       {
        "url": "https://t.co/h",
        "expanded": "https://hive.example/"
       }
      ],
      "text": "See https://t.co/h",
      "mediaUrls": [
       "https://ton.example/dm/a.jpg"
      ],
      "senderId": "100",
      "id": "501",
      "createdAt": "2024-03-03T10:00:00.000Z"
     }
    }
   ]
  }
 }
]