window.YTD.direct_messages_group.part0 = [
 {
  "dmConversation": {
   "conversationId": "777",
   "messages": [
    {
     "conversationNameUpdate": {
      "initiatingUserId": "200",
      "name": "Bee people",
      "createdAt": "2024-03-04T10:00:00.000Z"
     }
    },
    {
     "messageCreate": {
      "reactions": [],
      "urls": [],
      "text": "Welcome",
      "mediaUrls": [],
      "senderId": "200",
      "id": "601",
      "createdAt": "2024-03-04T09:59:00.000Z"
     }
    }
   ]
  }
 }
]