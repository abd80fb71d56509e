/* W1, naive withdrawal: SELECT balance; UPDATE balance = what was read − amount.
   All requests in one process, the fastest form for pan (process.pml files are the other form): where a request is, and
   what it has read, is one byte. */
#define IDLE 0
#define REFUSED 1
#define PAID 2
#define READ 3 /* + the balance that was read */
short balance = @BALANCE@;
@PLACE@ at[@N@];

active proctype requests() {
end:
  do
@EACH
  :: d_step { at[@I@] == IDLE && balance >= @AMOUNT@ -> at[@I@] = READ + balance }
  :: d_step { at[@I@] == IDLE && balance < @AMOUNT@ -> at[@I@] = REFUSED }
  :: d_step { at[@I@] >= READ -> balance = at[@I@] - READ - @AMOUNT@; at[@I@] = PAID; assert(balance >= 0) }
@END
  od
}
