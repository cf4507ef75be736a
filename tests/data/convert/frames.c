typedef unsigned long ul;
static volatile ul sink;
__attribute__((noinline)) ul leaf(ul a,ul b){return a*3+b;}
__attribute__((noinline)) ul frame(ul a){char t[320];for(ul i=0;i<320;i++)t[i]=(char)(a+i);ul s=0;for(ul i=0;i<320;i+=7)s+=t[i];return s+leaf(a,s);}
__attribute__((noinline)) ul big(ul a){char t[70000];for(ul i=0;i<70000;i+=5)((volatile char*)t)[i]=(char)(a+i);ul s=0;for(ul i=0;i<70000;i+=7)s+=((volatile char*)t)[i];return s+leaf(a,s);}
__attribute__((noinline)) ul vla(ul a){char t[(a&63)+17];for(ul i=0;i<sizeof t;i++)((volatile char*)t)[i]=(char)(a+i);return t[0]+leaf(a,t[3]);}
__attribute__((noinline)) ul aligned(ul a){__attribute__((aligned(64))) char t[256];char u[(a&31)+9];for(ul i=0;i<256;i++)((volatile char*)t)[i]=(char)(a+i);for(ul i=0;i<sizeof u;i++)((volatile char*)u)[i]=1;return t[1]+u[2]+leaf(a,t[3]);}
__attribute__((noinline)) ul exits(ul a,ul b){ul r=b;if(b<5)return a;if(a==3){return leaf(b,1)+r;}r+=leaf(r,2);if(a==9)return frame(r)+vla(r)+a;r+=leaf(r,7);sink=r;return r^5;}
__attribute__((noinline)) ul many(ul a,ul b,ul c,ul d,ul e,ul f,ul g,ul h,ul i){return frame(a)+frame(b)+frame(c)+frame(d)*e+frame(f)+g+h+i;}
void _start(void){sink=many(1,2,3,4,5,6,7,8,9)+exits(sink,3)+aligned(sink)+big(sink)+vla(3);for(;;);}
