window.YTD.account.part0 = [
 {
  "account": {
   "email": "ada@example.org",
   "username": "ada_keeps",
   "accountId": "100",
   "accountDisplayName": "Ada"
  }
 }
]