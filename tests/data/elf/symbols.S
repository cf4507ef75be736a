/* Symbols of every kind that decides which name a program counter gets. */
 .text
 .globl outer
 .type outer,%function
outer:
 .4byte 0
 .type inner,%function
inner:
 .4byte 0
 .size inner,.-inner
label_in_outer:
 .4byte 0
 .size outer,.-outer
label_behind_outer:
 .4byte 0
 .globl unsized, unsized2
unsized:
unsized2:
 .4byte 0
 .weak weak_alias
 .globl global_alias
 .type weak_alias,%function
 .type global_alias,%function
 .type local_alias,%function
 .type short_alias,%function
weak_alias:
global_alias:
local_alias:
short_alias:
 .4byte 0
 .size weak_alias,4
 .size global_alias,4
 .size local_alias,4
 .size short_alias,1
 .space 8
 .type constant,%object
constant:
 .4byte 5
 .size constant,4
.Ltemporary:
 nop
 .4byte 7
 nop
 .globl _start
_start:
 nop
 nop
 .section .text2,"ax"
 .space 4
in_second:
 .space 8
end_of_second:
 .data
 .globl variable
 .type variable,%object
variable:
 .4byte 1
 .size variable,4
 .section .note.GNU-stack,"",%progbits
