/* W3, a transaction of SELECT … FOR UPDATE, UPDATE, COMMIT (or ROLLBACK where the balance is too small).
   A request that finds the row locked starts to wait, and resumes when the lock is free; whoever waits or comes may go
   first. What the holder has read is the balance itself as long as it holds the lock, so it is not kept twice; what it has
   written is seen by others at COMMIT. */
#define IDLE 0
#define WAITS 1
#define LOCKED 2
#define UPDATED 3
#define PAID 4
#define REFUSED 5
short balance = @BALANCE@;
bool locked;
byte at[@N@];

active proctype requests() {
end:
  do
@EACH
  :: d_step { at[@I@] == IDLE && locked -> at[@I@] = WAITS }
  :: d_step { at[@I@] <= WAITS && !locked -> locked = true; at[@I@] = LOCKED }
  :: d_step { at[@I@] == LOCKED && balance >= @AMOUNT@ -> at[@I@] = UPDATED }
  :: d_step { at[@I@] == LOCKED && balance < @AMOUNT@ -> at[@I@] = REFUSED; locked = false }
  :: d_step { at[@I@] == UPDATED -> balance = balance - @AMOUNT@; at[@I@] = PAID; locked = false; assert(balance >= 0) }
@END
  :: d_step { timeout -> assert(@BALANCE@ - balance == @SUM((at[@I@] == PAID) * @AMOUNT@)) }
  od
}
